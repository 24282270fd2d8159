/** The certificate or its key cannot be used; the message names variables and remedy. */
export class TlsError extends Error {
  override readonly name = 'TlsError'
}

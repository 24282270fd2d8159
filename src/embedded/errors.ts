/** The embedded PostgreSQL cannot be used; the message says why and what to do instead. Never holds its password. */
export class EmbeddedError extends Error {
  override readonly name = 'EmbeddedError'
  /** 78: nothing here can start it, the settings must change. 5: it should have started and did not. */
  readonly exitCode: 5 | 78

  constructor(message: string, options: { readonly exitCode: 5 | 78; readonly cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.exitCode = options.exitCode
  }
}

/** The `code` of a system error such as `ENOENT`; undefined for anything else. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

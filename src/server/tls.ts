import { readFileSync, unwatchFile, watchFile } from 'node:fs'
import { createSecureContext } from 'node:tls'
import type { Logger } from '../observe/logger.js'

/** The certificate or its key cannot be used; the message names variables and remedy. */
export class TlsError extends Error {
  override readonly name = 'TlsError'
}

export interface TlsFiles {
  readonly certFile: string
  readonly keyFile: string
}

interface TlsPair {
  readonly cert: Buffer
  readonly key: Buffer
}

/** A renewed certificate is in use this many milliseconds after its file changed, at the latest. */
const lookEveryMs = 5_000

/** Reads the pair and proves that it fits together. Throws `TlsError`. */
export function readTls({ certFile, keyFile }: TlsFiles): TlsPair {
  try {
    const pair = { cert: readFileSync(certFile), key: readFileSync(keyFile) }
    createSecureContext(pair)
    return pair
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unknown error'
    throw new TlsError(
      `TLS_CERT_FILE ${certFile} and TLS_KEY_FILE ${keyFile} cannot be used: ${reason}. ` +
        'Give a PEM certificate chain and its unencrypted PEM key, both readable by this user.',
      { cause },
    )
  }
}

/**
 * Puts a renewed pair in use without a restart; an unusable one is reported and the former stays. Files are looked at
 * rather than watched, because Kubernetes replaces a link above them. Returns the undoing.
 */
export function followTls(files: TlsFiles, use: (pair: TlsPair) => void, logger: Logger): () => void {
  const reload = (): void => {
    try {
      use(readTls(files))
      logger.info('the renewed TLS certificate is in use')
    } catch (error) {
      logger.error('the renewed TLS certificate cannot be used; the former one stays', { error })
    }
  }
  const paths = [files.certFile, files.keyFile]
  for (const path of paths) watchFile(path, { interval: lookEveryMs, persistent: false }, reload)
  return () => {
    for (const path of paths) unwatchFile(path, reload)
  }
}

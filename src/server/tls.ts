import { createSecureContext } from 'node:tls'
import { readPem } from '../../config/file.js'
import type { Logger } from '../observe/logger.js'
import { followFiles, type Reload } from './follow-files.js'
import { TlsError } from './tls-error.js'

export interface TlsFiles {
  readonly certFile: string
  readonly keyFile: string
}

/** As PEM. */
export interface TlsPair {
  readonly cert: string
  readonly key: string
}

/** Reads the pair and proves that it fits together. Throws `TlsError`. */
export function readTls({ certFile, keyFile }: TlsFiles): TlsPair {
  try {
    const pair = { cert: pemIn(certFile), key: pemIn(keyFile) }
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

function pemIn(path: string): string {
  const read = readPem(path, process.cwd())
  if ('text' in read) return read.text
  throw new Error(`one of them ${read.problem}`)
}

export interface FollowTlsOptions {
  readonly use: (pair: TlsPair) => void
  readonly logger: Logger
  /** For metrics and alerts. */
  readonly reloaded: (reload: Reload) => void
}

/** Puts a renewed pair in use without a restart; an unusable one is logged and the former stays. Returns the undoing. */
export function followTls(files: TlsFiles, { use, logger, reloaded }: FollowTlsOptions): () => void {
  return followFiles([files.certFile, files.keyFile], () => {
    try {
      use(readTls(files))
      logger.info('the renewed TLS certificate is in use')
      reloaded({ what: 'tls', used: true })
    } catch (error) {
      logger.error('the renewed TLS certificate cannot be used; the former one stays', { error })
      reloaded({ what: 'tls', used: false, why: error instanceof Error ? [error.message] : [] })
    }
  })
}

import { createServer } from 'node:https'
import { serverOptions } from '../gates/listener.js'
import type { Logger } from '../observe/logger.js'
import type { Reload } from './follow-files.js'
import type { OpsServer } from './ops.js'
import { followTls, readTls, type TlsFiles, type TlsPair } from './tls.js'

interface TlsServerOptions {
  readonly logger: Logger
  /** Told of files that have changed. */
  readonly reloaded: (reload: Reload) => void
}

/** The ops port's server with TLS, without a listener for requests; follows the files. Throws `TlsError`. */
export function createTlsServer(tls: TlsFiles, { logger, reloaded }: TlsServerOptions): OpsServer {
  const handshakeTimeout = serverOptions.headersTimeout // Node's default is two minutes
  const server = createServer({ ...serverOptions, handshakeTimeout, ...readTls(tls) })
  const use = (pair: TlsPair): void => server.setSecureContext(pair)
  return { server, release: followTls(tls, { use, logger, reloaded }) }
}

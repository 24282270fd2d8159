import { createServer as createHttpServer, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { Settings } from '../../config/settings.js'
import { assemble } from '../assembly.js'
import { hardenServer, serverOptions } from '../gates/listener.js'
import type { Metrics } from '../health/metrics.js'
import { parseAddress } from '../network/address.js'
import type { Logger } from '../observe/logger.js'
import type { Engine } from '../runs/engine.js'
import type { LiveConfig } from './live-config.js'
import { followTls, readTls } from './tls.js'

export interface OpsOptions {
  readonly settings: Settings
  readonly live: LiveConfig
  readonly engine: Engine
  readonly metrics: Metrics
  readonly logger: Logger
}

/** The ops port's server, not yet listening. */
export interface OpsServer {
  readonly server: Server
  /** Follows the TLS files no longer. */
  release(): void
}

/** The door with all its gates on a hardened server, with TLS where it is configured. Throws `TlsError`. */
export function createOpsServer({ settings, live, engine, metrics, logger }: OpsOptions): OpsServer {
  const { opsApp, welcomes } = assemble({
    engine,
    secrets: live.secrets,
    allowlist: live.allowlist,
    trustedProxies: settings.trustedProxies,
    loopbackListener: isLoopback(settings.ops.host),
    console: settings.console,
    waitMs: settings.waitMs,
    logger,
    onRefusal: ({ code }) => metrics.refused(code),
    onAdmission: metrics.admitted,
  })
  const { server, release } = serverFor(settings, logger)
  server.on('request', opsApp)
  hardenServer(server, { logger, welcomes, onRefusal: ({ code }) => metrics.refused(code) })
  return { server, release }
}

function serverFor({ tls }: Settings, logger: Logger): OpsServer {
  if (tls === undefined) return { server: createHttpServer(serverOptions), release: () => undefined }
  const server = createHttpsServer({ ...serverOptions, ...readTls(tls) })
  return { server, release: followTls(tls, (pair) => server.setSecureContext(pair), logger) }
}

/** Whether only this machine can reach the listener, so that a foreign `Host` means DNS rebinding. */
function isLoopback(host: string): boolean {
  if (host.toLowerCase() === 'localhost') return true
  const text = parseAddress(host, { zone: 'drop' })?.text
  return text !== undefined && (text === '::1' || text.startsWith('127.'))
}

import { createServer, type Server } from 'node:http'
import type { Settings } from '../../config/settings.js'
import { assemble, type Page } from '../assembly.js'
import type { RefusalReport } from '../gates/refuse.js'
import { hardenServer, serverOptions } from '../gates/listener.js'
import type { Metrics } from '../health/metrics.js'
import { isLoopbackAddress } from '../network/loopback.js'
import type { Logger } from '../observe/logger.js'
import { consolePage, readConsole } from '../pages/console.js'
import type { Engine } from '../runs/engine.js'
import type { Reload } from './follow-files.js'
import type { LiveConfig } from './live-config.js'

export interface OpsOptions {
  readonly settings: Settings
  /** Takes secrets out of what the record keeps of a caller. */
  readonly redact: (text: string) => string
  readonly live: LiveConfig
  readonly engine: Engine
  readonly metrics: Metrics
  /** What `GET /api/migrate/check` answers. */
  readonly checklist: () => Promise<unknown>
  readonly logger: Logger
  /** Told of TLS files that have changed. */
  readonly reloaded: (reload: Reload) => void
}

/** The ops port's server, not yet listening. */
export interface OpsServer {
  readonly server: Server
  /** Follows the TLS files no longer. */
  release(): void
}

/** The door with all its gates on a hardened server, with TLS where it is configured. Rejects with `TlsError`. */
export async function createOpsServer(options: OpsOptions): Promise<OpsServer> {
  const { settings, redact, live, engine, metrics, logger, checklist } = options
  const { opsApp, welcomes } = assemble({
    engine,
    secrets: live.secrets,
    allowlist: live.allowlist,
    trustedProxies: settings.trustedProxies,
    loopbackListener: isLoopbackAddress(settings.ops.host),
    console: settings.console,
    pages: settings.console ? consolePages(logger) : [],
    waitMs: settings.waitMs,
    redact,
    logger,
    checklist,
    onRefusal: ({ code }) => metrics.refused(code),
    onAdmission: metrics.admitted,
  })
  const { server, release } = await serverFor(options)
  server.on('request', opsApp)
  const onRefusal = (report: RefusalReport): void => {
    metrics.refused(report.code)
    engine.journal.refused(report)
  }
  hardenServer(server, { logger, welcomes, onRefusal })
  return { server, release }
}

/** The page is built beside the server; a source tree that was only compiled has none. */
function consolePages(logger: Logger): Page[] {
  const built = readConsole()
  if (built === undefined) logger.warn('the console is on but was not built: run npm run build')
  return built === undefined ? [] : [consolePage(built)]
}

/** What TLS takes is loaded where it is configured. */
async function serverFor({ settings: { tls }, logger, reloaded }: OpsOptions): Promise<OpsServer> {
  if (tls === undefined) return { server: createServer(serverOptions), release: () => undefined }
  const { createTlsServer } = await import('./tls-server.js')
  return createTlsServer(tls, { logger, reloaded })
}

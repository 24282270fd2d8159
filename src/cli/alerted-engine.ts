import { createSentryAlerts } from '../observe/sentry.js'
import type { Engine } from '../runs/engine.js'
import type { Session } from './session.js'

/** An engine whose failed runs are told to whoever is on call. */
export interface AlertedEngine {
  readonly engine: Engine
  /** Waits until that was delivered, two seconds at most: an outage of Sentry must not hold a pipeline. Never rejects. */
  flush(): Promise<void>
}

const alertMs = 2_000
/** A command has no probes. */
const noReadiness = Object.freeze({ failed() {}, succeeded() {} })

/** The engine of a command, watched as that of the server is. Without `SENTRY_DSN` nothing is loaded and nobody told. */
export async function alertedEngine(session: Session): Promise<AlertedEngine> {
  const { engine: bare, settings, redactor, logger } = session
  const { sentryDsn: dsn, release, environment } = settings
  if (dsn === undefined) return Object.freeze({ engine: bare, flush: () => Promise.resolve() })
  const [{ runCheckIns }, { watchEngine }] = await Promise.all([
    import('../health/run-check-ins.js'),
    import('../health/watched-engine.js'),
  ])
  const alerts = createSentryAlerts({ dsn, release, environment: environment.name, redact: redactor })
  bare.observeRuns(runCheckIns(alerts, bare))
  return Object.freeze({
    engine: watchEngine(bare, { readiness: noReadiness, alerts }),
    flush: async () => {
      if (await alerts.flush(alertMs)) return
      logger.warn('what was to be told to Sentry could not be delivered', { code: 'alert_undelivered' })
    },
  })
}

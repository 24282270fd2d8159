import { runCheckIns } from '../health/run-check-ins.js'
import { watchEngine } from '../health/watched-engine.js'
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
export function alertedEngine({ engine: bare, settings, redactor, logger }: Session): AlertedEngine {
  const { sentryDsn: dsn, release, environment } = settings
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

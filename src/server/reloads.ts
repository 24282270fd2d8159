import type { RefusedReload } from '../check/configuration.js'
import type { Metrics } from '../health/metrics.js'
import type { Alert, Alerts } from '../observe/alerts.js'
import type { Reload } from './follow-files.js'

/** What became of the followed files that changed. */
export interface Reloads {
  /** Told of every change. */
  tell(reload: Reload): void
  /** From now on they are counted. */
  count(by: Pick<Metrics, 'reloaded'>): void
  /** Those whose content is not in use at the moment, by what they are for. */
  refused(): Readonly<Partial<Record<Reload['what'], RefusedReload>>>
}

/** Every changed file is counted; one whose content cannot be used is somebody's to mend, so they are told. */
export function createReloads(alerts: Pick<Alerts, 'send'>): Reloads {
  let metrics: Pick<Metrics, 'reloaded'> | undefined
  const refused = new Map<Reload['what'], RefusedReload>()
  return Object.freeze({
    count: (by: Pick<Metrics, 'reloaded'>) => void (metrics = by),
    refused: () => Object.fromEntries(refused),
    tell: (reload: Reload) => {
      const { what, used, why = [] } = reload
      metrics?.reloaded(reload)
      if (used) {
        refused.delete(what)
        return
      }
      // What is in use is old since the first refusal, however many follow.
      const since = refused.get(what)?.since ?? new Date().toISOString()
      refused.set(what, Object.freeze({ since, why }))
      alerts.send(reload.closed ? closedAlert : refusedAlert(what))
    },
  })
}

const closedAlert: Alert = {
  level: 'fatal',
  code: 'misconfigured',
  message:
    'A migration secret in use has become the same as another credential: the door answers 503 until they differ.',
}

function refusedAlert(file: Reload['what']): Alert {
  const message = `A changed file (${file}) cannot be used: the former content stays.`
  return { level: 'error', code: 'reload_refused', message, tags: { file } }
}

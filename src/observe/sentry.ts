import { randomBytes } from 'node:crypto'
import type { Event } from '@sentry/node'
import { noAlerts, type Alert, type Alerts, type CheckIn } from './alerts.js'
import { createFloodGuard } from './flood-guard.js'
import { redactorOf, type Redactor } from './redactor.js'
import type { SentryClient } from './sentry-client.js'

export interface SentryAlertsOptions {
  /** Undefined: alerts go nowhere, and Sentry's package is not even loaded. */
  readonly dsn: string | undefined
  readonly release: string
  /** Sentry's `environment`: `NODE_ENV`. */
  readonly environment: string
  /** Secret values, or a redactor that also learns later ones. */
  readonly redact: readonly string[] | Redactor
}

/** Milliseconds; loading takes half a second on a machine that is not busy. */
const longestLoadMs = 10_000

/** An outage of Sentry must not fill the memory: what does not fit while the package loads is dropped. */
const longestQueue = 50

type Delivery = (client: SentryClient) => void

/**
 * Alerts through a Sentry client of its own: an application's Sentry, its scopes and its handlers are left alone, and
 * no handler of this client's changes how the process ends. The package is loaded with the first alert.
 */
export function createSentryAlerts(options: SentryAlertsOptions): Required<Alerts> {
  const { dsn, redact } = options
  if (dsn === undefined) return noAlerts
  const redactor = redactorOf(redact)
  const admit = createFloodGuard()
  const queue: Delivery[] = []
  let client: SentryClient | undefined
  let loading: Promise<void> | undefined
  const load = async (): Promise<void> => {
    const { openSentryClient } = await import('./sentry-client.js')
    client = await openSentryClient({ ...options, dsn }, redactor)
    for (const deliver of queue.splice(0)) deliver(client)
  }
  const deliver = (delivery: Delivery): boolean => {
    const fits = client !== undefined || queue.length < longestQueue
    if (client !== undefined) delivery(client)
    else if (fits) queue.push(delivery)
    loading ??= load()
    loading.catch(() => undefined)
    return fits
  }
  return Object.freeze({
    send(alert: Alert): void {
      if (admit(alert.code)) deliver((to) => to.captureEvent(eventOf(alert)))
    },
    checkIn: boundedCheckIns(admit, (checkIn) => deliver((to) => to.captureCheckIn(checkIn))),
    flush: async (timeoutMs: number) => {
      const startedAt = performance.now()
      if (!(await within(longestLoadMs, loaded(loading)))) return false
      if (client === undefined) return true
      // A machine so busy that the package loads slowly still gets half the time to deliver what it has to say.
      const leftMs = Math.max(timeoutMs - (performance.now() - startedAt), timeoutMs / 2)
      return within(leftMs, client.flush(leftMs))
    },
  })
}

/** Of runs that begin one upon another not every beginning is told; the end of one that was told always is. */
function boundedCheckIns(
  admit: (code: string) => boolean,
  deliver: (checkIn: CheckIn) => boolean,
): (checkIn: CheckIn) => void {
  let untold: string | undefined
  return (checkIn) => {
    const { runId, status } = checkIn
    if (status === 'in_progress') {
      if (!admit('check_in') || !deliver(checkIn)) untold = runId
    } else if (runId !== untold) deliver(checkIn)
  }
}

async function loaded(loading: Promise<void> | undefined): Promise<boolean> {
  await loading
  return true
}

/** False when the time is up first, or when it fails. */
function within(timeoutMs: number, work: PromiseLike<boolean>): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, timeoutMs, false)
    const settle = (done: boolean): void => {
      clearTimeout(timer)
      resolve(done)
    }
    void work.then(settle, () => {
      settle(false)
    })
  })
}

function eventOf({ level, code, message, tags, traceId }: Alert): Event {
  const event: Event = { level, message, logger: 'sallyport', fingerprint: ['sallyport', code] }
  if (traceId === undefined) return { ...event, tags: { ...tags, code } }
  // Sentry asks for a span as well; the caller's is not ours.
  const trace = { trace_id: traceId, span_id: randomBytes(8).toString('hex') }
  return { ...event, tags: { ...tags, code, traceId }, contexts: { trace } }
}

import type { Event, NodeOptions } from '@sentry/node'
import type { Alert, Alerts } from './alerts.js'
import { createFloodGuard } from './flood-guard.js'
import { noAlerts } from './alerts.js'
import { redactorOf, type Redactor } from './redactor.js'

export interface SentryAlertsOptions {
  /** Undefined: alerts go nowhere, and Sentry's package is not even loaded. */
  readonly dsn: string | undefined
  readonly release: string
  /** Sentry's `environment`: `NODE_ENV`. */
  readonly environment: string
  /** Secret values, or a redactor that also learns later ones. */
  readonly redact: readonly string[] | Redactor
}

/** Delivers what it is given; the part of Sentry that is used here. */
interface Client {
  captureEvent(event: Event): void
  flush(timeoutMs: number): PromiseLike<boolean>
}

/** Milliseconds; loading takes half a second on a machine that is not busy. */
const longestLoadMs = 10_000

/** An outage of Sentry must not fill the memory: what does not fit while the package loads is dropped. */
const longestQueue = 50

/**
 * Alerts through a Sentry client of its own: an application's Sentry, its scopes and its handlers are left alone, and
 * no handler of this client's changes how the process ends. The package is loaded with the first alert.
 */
export function createSentryAlerts(options: SentryAlertsOptions): Alerts {
  const { dsn, redact } = options
  if (dsn === undefined) return noAlerts
  const redactor = redactorOf(redact)
  const admit = createFloodGuard()
  const queue: Event[] = []
  let client: Client | undefined
  let loading: Promise<void> | undefined
  const load = async (): Promise<void> => {
    client = await openClient({ ...options, dsn }, redactor)
    for (const event of queue.splice(0)) client.captureEvent(event)
  }
  const loaded = async (): Promise<boolean> => {
    await loading
    return true
  }
  return Object.freeze({
    send(alert: Alert): void {
      if (!admit(alert.code)) return
      const event = eventOf(alert)
      if (client !== undefined) client.captureEvent(event)
      else if (queue.length < longestQueue) queue.push(event)
      loading ??= load()
      loading.catch(() => undefined)
    },
    flush: async (timeoutMs: number) => {
      const startedAt = performance.now()
      if (!(await within(longestLoadMs, loaded()))) return false
      if (client === undefined) return true
      // A machine so busy that the package loads slowly still gets half the time to deliver what it has to say.
      const leftMs = Math.max(timeoutMs - (performance.now() - startedAt), timeoutMs / 2)
      return within(leftMs, client.flush(leftMs))
    },
  })
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

function eventOf({ level, code, message, tags }: Alert): Event {
  return { level, message, logger: 'sallyport', tags: { ...tags, code }, fingerprint: ['sallyport', code] }
}

/** Each category by its name: what a later version adds must show up here, not be inherited. */
const nothingCollected = {
  userInfo: false,
  cookies: false,
  httpHeaders: { request: false, response: false },
  httpBodies: [],
  urlQueryParams: false,
  graphQL: { document: false, variables: false },
  genAI: { inputs: false, outputs: false },
  mcp: { inputs: false, outputs: false },
  databaseQueryData: false,
  queues: false,
  stackFrameVariables: false,
  frameContextLines: 0,
} satisfies Required<NonNullable<NodeOptions['dataCollection']>>

async function openClient(
  { dsn, release, environment }: SentryAlertsOptions & { readonly dsn: string },
  redactor: Redactor,
): Promise<Client> {
  const { NodeClient, Scope, defaultStackParser, makeNodeTransport } = await import('@sentry/node')
  const delivery = watchDelivery()
  const client = new NodeClient({
    dsn,
    release,
    environment,
    integrations: [],
    stackParser: defaultStackParser,
    transport: (transportOptions) => {
      const transport = makeNodeTransport(transportOptions)
      return { ...transport, send: (envelope) => delivery.watch(transport.send(envelope)) }
    },
    transportOptions: { keepAlive: false },
    sendClientReports: false,
    enableRuntimeChannelInjection: false,
    maxBreadcrumbs: 0,
    dataCollection: nothingCollected,
    beforeSend: (event) => scrubbed(event, redactor),
  })
  const scope = new Scope()
  return {
    captureEvent: (event) => void client.captureEvent(event, {}, scope),
    flush: async (timeoutMs) => {
      const inTime = await client.flush(timeoutMs)
      return delivery.succeeded() && inTime
    },
  }
}

interface Delivery {
  readonly statusCode?: number
}

/** Sentry's `flush` is content when nothing is under way any more, delivered or not; this remembers which. */
function watchDelivery() {
  let failures = 0
  return {
    watch: async <D extends Delivery>(sending: PromiseLike<D>): Promise<D> => {
      try {
        const answer = await sending
        if (answer.statusCode === undefined || answer.statusCode >= 300) failures += 1
        return answer
      } catch (error) {
        failures += 1
        throw error
      }
    },
    /** Whether everything since the last call was delivered. */
    succeeded: (): boolean => {
      const all = failures === 0
      failures = 0
      return all
    },
  }
}

const sent = [
  'event_id',
  'timestamp',
  'platform',
  'level',
  'message',
  'logger',
  'release',
  'environment',
  'server_name',
  'tags',
  'fingerprint',
  'sdk',
  'type',
] as const

/** Only what an alert is made of leaves: whatever the application's scopes added (users, requests) does not. */
function scrubbed<E extends Event>(event: E, redactor: Redactor): E {
  const kept = sent.filter((key) => event[key] !== undefined).map((key) => [key, event[key]])
  const clean = (value: unknown): unknown => {
    if (typeof value === 'string') return redactor.text(value)
    if (Array.isArray(value)) return value.map(clean)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, clean(member)]))
  }
  return clean(Object.fromEntries(kept)) as E
}

import type { Event, NodeClient, NodeOptions, Scope } from '@sentry/node'
import type { CheckIn } from './alerts.js'
import type { Redactor } from './redactor.js'

/** Delivers what it is given; the part of Sentry that is used here. */
export interface SentryClient {
  captureEvent(event: Event): void
  captureCheckIn(checkIn: CheckIn): void
  /** Whether all that was captured since the last call was delivered in time. */
  flush(timeoutMs: number): PromiseLike<boolean>
}

export interface SentryClientOptions {
  readonly dsn: string
  readonly release: string
  readonly environment: string
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

/** The monitor's name in Sentry; it is made there with the first check-in. */
export const monitorSlug = 'sallyport-migrate'

/**
 * Sentry asks for a schedule, but runs come when releases do: once a year is the longest that it knows. A run that was
 * killed, and that no successor has closed, is called timed out after a day. Minutes.
 */
const monitor = {
  schedule: { type: 'interval', value: 1, unit: 'year' },
  checkinMargin: 1_440,
  maxRuntime: 1_440,
} as const

/** Loads Sentry's package and opens a client that shares nothing with an application's own. Connects to nothing yet. */
export async function openSentryClient(
  { dsn, release, environment }: SentryClientOptions,
  redactor: Redactor,
): Promise<SentryClient> {
  const sentry = await import('@sentry/node')
  const delivery = watchDelivery()
  const client = new sentry.NodeClient({
    dsn,
    release,
    environment,
    integrations: [],
    stackParser: sentry.defaultStackParser,
    transport: (transportOptions) => {
      const transport = sentry.makeNodeTransport(transportOptions)
      return { ...transport, send: (envelope) => delivery.watch(transport.send(envelope)) }
    },
    transportOptions: { keepAlive: false },
    sendClientReports: false,
    enableRuntimeChannelInjection: false,
    maxBreadcrumbs: 0,
    dataCollection: nothingCollected,
    beforeSend: (event) => scrubbed(event, redactor),
  })
  const scope = new sentry.Scope()
  return {
    captureEvent: (event) => void client.captureEvent(event, {}, scope),
    captureCheckIn: checkingIn(client, scope),
    flush: async (timeoutMs) => {
      const inTime = await client.flush(timeoutMs)
      return delivery.succeeded() && inTime
    },
  }
}

function checkingIn(client: NodeClient, scope: Scope): (checkIn: CheckIn) => void {
  const heads = new Map<string, string>()
  client.on('beforeEnvelope', (envelope) => {
    for (const [header, payload] of envelope[1]) if (header.type === 'check_in') addHead(payload, heads)
  })
  return ({ runId, status, durationMs = 0, journalHead }) => {
    // The run's own id, so that a successor on another replica closes what a killed process left open.
    const about = { checkInId: runId.replaceAll('-', ''), monitorSlug }
    if (journalHead !== undefined) heads.set(about.checkInId, journalHead)
    if (status === 'in_progress') client.captureCheckIn({ ...about, status }, monitor, scope)
    else client.captureCheckIn({ ...about, status, duration: durationMs / 1000 }, undefined, scope)
  }
}

/** Sentry's package has no place for it; it is sent within the same call, so that the map holds it no longer. */
function addHead(payload: unknown, heads: Map<string, string>): void {
  const checkIn = payload as { readonly check_in_id: string; contexts?: object }
  const head = heads.get(checkIn.check_in_id)
  if (head === undefined) return
  heads.delete(checkIn.check_in_id)
  checkIn.contexts = { ...checkIn.contexts, journal: { head } }
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
  return clean({ ...Object.fromEntries(kept), ...traceOf(event) }) as E
}

/** The caller's trace, where an alert has one; the one that Sentry makes up for each event says nothing. */
function traceOf({ tags, contexts }: Event): Pick<Event, 'contexts'> {
  const trace = contexts?.['trace']
  if (trace === undefined || trace.trace_id !== tags?.['traceId']) return {}
  return { contexts: { trace: { trace_id: trace.trace_id, span_id: trace.span_id } } }
}

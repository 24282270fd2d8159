import type { Client } from '../door/client.js'
import type { DoorCheck, DoorPlan, DoorRuns, DoorStatus, Problem, Run } from '../door/shapes.js'
import { follow } from './follow.js'
import { backoff, pause } from './pause.js'
import { nothingSeen, type Seen } from './seen.js'
import { afterEvent, underWay, withStanding, type UnderWay } from './under-way.js'

/** Looks at the door for as long as the page is open. */
export interface Observer {
  /** Asks for the checklist anew; it costs more than a look. */
  recheck(): void
  stop(): void
}

/** Milliseconds between two looks: while somebody sees the page, and while nobody does. */
const lookMs = 2_500
const hiddenMs = 30_000
/** The list of runs is read when something changed, and now and then: a run may have failed between two looks. */
const runsMs = 7_500
/** The plan likewise: a file may have been mended under the name that it had. It costs a load of the files. */
const planMs = 60_000
const refusedPlanMs = 7_500

/** `tell` is called with what is known, whenever that changed. */
export function observe(client: Client, tell: (seen: Seen) => void): Observer {
  const stopped = new AbortController()
  const looking = { ...createState(tell), client, signal: stopped.signal }
  void keepLooking(looking)
  return Object.freeze({
    recheck: () => void recheck(looking),
    stop: () => stopped.abort(),
  })
}

interface Looking {
  readonly client: Client
  readonly signal: AbortSignal
  readonly seen: () => Seen
  readonly change: (part: Partial<Seen>) => void
  /** What the list of runs and the plan were read for, and when. */
  readonly read: { runsFor: string; runsAt: number; planFor: string; planAt: number; checkFor: string }
  /** The run that is followed by its events, and whether they arrive. */
  readonly stream: { runId: string | null; flows: boolean; end: () => void }
  /** Ends the pause before the next look. */
  readonly wake: { now: () => void }
}

function createState(tell: (seen: Seen) => void): Omit<Looking, 'client' | 'signal'> {
  let seen = nothingSeen
  return {
    seen: () => seen,
    change: (part) => {
      seen = { ...seen, ...part }
      tell(seen)
    },
    read: { runsFor: '', runsAt: -Infinity, planFor: '', planAt: -Infinity, checkFor: '' },
    stream: { runId: null, flows: false, end: () => undefined },
    wake: { now: () => undefined },
  }
}

async function keepLooking(looking: Looking): Promise<void> {
  const { signal, wake } = looking
  const again = (): void => wake.now()
  for (const event of ['visibilitychange', 'online', 'pageshow']) addEventListener(event, again, { signal })
  document.addEventListener('visibilitychange', again, { signal })
  for (let failures = 0; !signal.aborted;) {
    failures = (await look(looking)) ? 0 : failures + 1
    if (looking.seen().refused) return
    const untilNext = failures > 0 ? backoff(failures - 1) : document.hidden ? hiddenMs : lookMs
    if (failures > 0) lost(looking, untilNext)
    const woken = new AbortController()
    wake.now = () => woken.abort()
    await pause(untilNext, AbortSignal.any([signal, woken.signal]))
  }
}

/** One look; false where nothing answered. */
async function look(looking: Looking): Promise<boolean> {
  const { client, change, signal } = looking
  const reply = await client.get<DoorStatus>('')
  if (signal.aborted) return true
  if (!reply.ok) return afterProblem(looking, reply.problem)
  heard(looking)
  const { body } = reply
  change({ status: body, trouble: null, underWay: underWayAfter(looking, body.run) })
  keepFollowing(looking, body.run)
  await Promise.all([readRuns(looking, body), readPlan(looking, body), readCheck(looking, body)])
  return true
}

/** Events tell the steps; what a run waits for no longer, and that its end was asked for, only the status tells. */
function underWayAfter({ seen, stream }: Looking, run: Run | null): UnderWay | null {
  if (run === null) return null
  const before = stream.flows && stream.runId === run.runId ? seen().underWay : null
  const now = performance.now()
  return before ? withStanding(before, run, now) : underWay(run, now)
}

function keepFollowing(looking: Looking, run: Run | null): void {
  const { stream } = looking
  if (stream.runId === (run?.runId ?? null)) return
  stream.end()
  if (run) void followRun(looking, run.runId)
}

const refusals: ReadonlySet<string> = new Set([
  'unauthorized',
  'too_many_attempts',
  'forbidden',
  'misconfigured',
  'bad_request',
])

function afterProblem(looking: Looking, problem: Problem): boolean {
  if (problem.status === 0) return false
  heard(looking)
  if (refusals.has(problem.code)) looking.change({ refused: problem })
  else {
    looking.change({ trouble: problem })
    // Once it is over, the checklist is asked anew; until then it may say more than the trouble does.
    if (looking.read.checkFor !== 'trouble' && looking.seen().check === null) void recheck(looking)
    looking.read.checkFor = 'trouble'
  }
  return true
}

function heard({ change }: Looking): void {
  change({ link: { state: 'live', heardAt: performance.now(), nextTryAt: null } })
}

function lost({ seen, change }: Looking, untilNext: number): void {
  const { heardAt } = seen().link
  change({ link: { state: 'lost', heardAt, nextTryAt: performance.now() + untilNext } })
}

async function readRuns({ client, change, read }: Looking, status: DoorStatus): Promise<void> {
  const { applied, head, run, journal } = status
  const runsFor = JSON.stringify([applied, head, run?.runId, journal?.seq])
  if (runsFor === read.runsFor && performance.now() - read.runsAt < runsMs) return
  const reply = await client.get<DoorRuns>('/runs')
  if (!reply.ok) return
  Object.assign(read, { runsFor, runsAt: performance.now() })
  change({ runs: reply.body.runs })
}

async function readPlan({ client, change, read, seen }: Looking, status: DoorStatus): Promise<void> {
  const planFor = JSON.stringify([status.pending, status.drift])
  const stays = seen().plan?.ok === false ? refusedPlanMs : planMs
  if (planFor === read.planFor && performance.now() - read.planAt < stays) return
  const plan = await client.get<DoorPlan>('/plan')
  // What the database could not say will be in the status too; what a plan was before stays until there is one.
  if (!plan.ok && (plan.problem.status === 0 || plan.problem.status === 503)) return
  Object.assign(read, { planFor, planAt: performance.now() })
  change({ plan })
}

/** Once as the page opens, and after whatever a run changes; a run under way is not disturbed again. */
async function readCheck(looking: Looking, status: DoorStatus): Promise<void> {
  const { applied, head, pending, unresolved, drift } = status
  const checkFor = JSON.stringify([applied, head, pending, unresolved, drift])
  const { read, seen } = looking
  if (checkFor === read.checkFor || (status.run !== null && seen().check !== null)) return
  read.checkFor = checkFor
  await recheck(looking)
}

async function recheck({ client, change, signal }: Looking): Promise<void> {
  const check = await client.get<DoorCheck>('/check')
  if (!signal.aborted) change({ check })
}

async function followRun(looking: Looking, runId: string): Promise<void> {
  const { client, signal, seen, change, stream, read, wake } = looking
  const over = new AbortController()
  const own = { runId, flows: false, end: () => over.abort() }
  Object.assign(stream, own)
  await follow({
    client,
    runId,
    signal: AbortSignal.any([signal, over.signal]),
    broke: () => {
      stream.flows = false
      wake.now()
    },
    heard: (events) => {
      stream.flows = true
      heard(looking)
      const now = performance.now()
      const before = seen().underWay
      if (before?.run.runId !== runId) return
      change({ underWay: events.reduce((so, event) => afterEvent(so, event, now), before) })
    },
  })
  if (stream.end === own.end) Object.assign(stream, { runId: null, flows: false, end: () => undefined })
  read.runsFor = ''
  wake.now()
}

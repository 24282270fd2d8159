import type { Blocker, DoorStatus, DriftFinding, Problem, Run } from '../door/shapes.js'
import type { Seen } from '../watch/seen.js'
import { curlLine } from './curl.js'
import { count } from './words.js'

/** Something that somebody may want to do now, and how. */
export interface Advice {
  readonly id: string
  readonly tone: 'calm' | 'act' | 'bad'
  readonly title: string
  readonly text: string
  /** Names of migrations that it is about. */
  readonly names?: readonly string[]
  readonly blockers?: readonly Blocker[]
  readonly lines?: readonly { readonly label: string; readonly line: string }[]
}

/** What is to be done now, the most urgent first. `url`: the door's. Never empty once there is a status. */
export function adviceOf(seen: Seen, url: string): readonly Advice[] {
  const { status, plan, underWay, runs } = seen
  if (!status) return []
  const last = runs?.find((run) => run.status !== 'running')
  const found = underWay
    ? [underWayAdvice(underWay.run, url)]
    : [
        ...status.unresolved.map((name) => unresolvedAdvice(name, url)),
        ...driftAdvice(status.drift, url),
        ...(plan && !plan.ok && plan.problem.code !== 'drift' ? [planAdvice(plan.problem)] : []),
        ...(status.pending.length > 0 ? [applyAdvice(status, last, url)] : []),
      ]
  const also = [...found, ...outsideAdvice(status)]
  return also.length > 0 ? also : [calm(url)]
}

function underWayAdvice({ runId, waiting, cancellation }: Run, url: string): Advice {
  const cancel = { label: 'Stop this run', line: curlLine({ url: `${url}/runs/${runId}`, method: 'DELETE' }) }
  const lines = cancellation ? {} : { lines: [cancel] }
  const asked = cancellation ? ' Somebody has asked for its end.' : ''
  if (!waiting || waiting.blockers.length === 0)
    return {
      id: 'under-way',
      tone: 'calm',
      title: 'A run is under way',
      text: `Nothing stands in its way. It goes on whether you watch or not.${asked}`,
      ...lines,
    }
  return {
    id: 'under-way',
    tone: 'act',
    title: `Waiting for ${count(waiting.blockers.length, 'session')}`,
    text: `A lock is held by somebody else. End that session or wait for it; the run goes on by itself.${asked}`,
    blockers: waiting.blockers,
    ...lines,
  }
}

function unresolvedAdvice(name: string, url: string): Advice {
  const line = (as: 'applied' | 'pending'): string =>
    curlLine({ url, method: 'POST', body: { resolve: { name, as, reason: 'WHY YOU KNOW' } } })
  return {
    id: `unresolved ${name}`,
    tone: 'bad',
    title: 'Did it take effect?',
    text: 'This migration runs outside a transaction and was interrupted. Look at the schema, then tell what you found.',
    names: [name],
    lines: [
      { label: 'It took effect in full', line: line('applied') },
      { label: 'It did not; undo what is left of it, then', line: line('pending') },
    ],
  }
}

function driftAdvice(drift: readonly DriftFinding[], url: string): Advice[] {
  return drift.map(({ name, kind, message }) => ({
    id: `drift ${kind} ${name}`,
    tone: 'act',
    title: driftTitles[kind],
    text: `${message} Mend the release, or accept it with a reason that is kept.`,
    lines: [
      {
        label: 'Accept it, and apply what is pending',
        line: curlLine({ url, method: 'POST', body: { acceptDrift: [{ name, reason: 'WHY IT IS RIGHT' }] } }),
      },
    ],
  }))
}

const driftTitles: Readonly<Record<DriftFinding['kind'], string>> = {
  missing: 'An applied migration is not shipped',
  out_of_order: 'A pending migration comes too late',
  edited: 'An applied migration was edited',
}

function planAdvice({ title, detail }: Problem): Advice {
  return { id: 'plan', tone: 'bad', title, text: detail }
}

function applyAdvice(status: DoorStatus, last: Run | undefined, url: string): Advice {
  const failed = last !== undefined && last.status !== 'applied'
  const expect = status.head === null ? {} : { body: { expect: status.head } }
  return {
    id: 'apply',
    tone: failed ? 'bad' : 'act',
    title: failed ? `The last run ${endings[last.status]}` : 'Apply what is pending',
    text: failed
      ? (last.failure?.detail ?? 'Nothing more is known of it.')
      : 'One call applies it, however many ask. It names the newest migration, so that an older replica declines.',
    lines: [{ label: failed ? 'Try again' : 'Apply', line: curlLine({ url, method: 'POST', ...expect }) }],
  }
}

const endings: Readonly<Record<Run['status'], string>> = {
  running: 'goes on',
  applied: 'succeeded',
  failed: 'failed',
  cancelled: 'was cancelled',
  interrupted: 'was interrupted',
}

function outsideAdvice({ outside }: DoorStatus): Advice[] {
  if (outside.length === 0) return []
  return [
    {
      id: 'outside',
      tone: 'calm',
      title: 'Changed from outside',
      text: `No run of Sallyport accounts for ${count(outside.length, 'row')} of knex_migrations: applied by somebody else, or gone since.`,
      names: outside,
    },
  ]
}

function calm(url: string): Advice {
  return {
    id: 'calm',
    tone: 'calm',
    title: 'Nothing to do',
    text: 'Nothing is pending and nothing asks for an answer. The same from a shell:',
    lines: [{ label: 'Look', line: curlLine({ url }) }],
  }
}

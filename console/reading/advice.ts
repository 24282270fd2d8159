import type { Blocker, DoorStatus, DriftFinding, Problem, Run } from '../door/shapes.js'
import type { Seen } from '../watch/seen.js'
import { curlLine } from './curl.js'
import { endings, lastRunOf } from './last-run.js'
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

/** What is to be done now, the most urgent first. `url`: the door's. Empty until the door has answered. */
export function adviceOf(seen: Seen, url: string): readonly Advice[] {
  const { status, trouble, underWay } = seen
  if (trouble) return [troubleAdvice(trouble, url)]
  if (!status) return []
  const found = underWay ? [underWayAdvice(underWay.run, url)] : nextAdvice(status, seen, url)
  const also = [...found, ...outsideAdvice(status), ...checkAdvice(seen)]
  return also.length > 0 ? also : [calm(url)]
}

/** What stands in the way of the next run; where nothing does, the line that starts it. */
function nextAdvice(status: DoorStatus, { plan, runs }: Seen, url: string): readonly Advice[] {
  const { unresolved, drift, pending } = status
  const refused = plan && !plan.ok ? plan.problem : null
  const asked = [
    ...unresolved.map((name) => unresolvedAdvice(name, url)),
    ...(drift.length > 0 ? [driftAdvice(drift, url)] : []),
    ...(refused && refused.code !== 'drift' && refused.code !== 'unresolved'
      ? [planAdvice(refused, url)]
      : []),
  ]
  const inTheWay = unresolved.length > 0 || refused !== null || (drift.length > 0 && !plan)
  if (pending.length === 0 || inTheWay) return asked
  return [...asked, applyAdvice(status, lastRunOf(runs, pending), url)]
}

function troubleAdvice({ title, detail }: Problem, url: string): Advice {
  return {
    id: 'trouble',
    tone: 'bad',
    title,
    text: detail,
    lines: [{ label: 'Look from a shell', line: curlLine({ url }) }],
  }
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
    text: `End ${waiting.blockers.length === 1 ? 'that session' : 'those sessions'}, or wait: the run goes on by itself.${asked}`,
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

/** One call has to accept all of it: what is left out would refuse it. */
function driftAdvice(drift: readonly DriftFinding[], url: string): Advice {
  const names = [...new Set(drift.map(({ name }) => name))]
  const acceptDrift = names.map((name) => ({ name, reason: 'WHY IT IS RIGHT' }))
  return {
    id: 'drift',
    tone: 'act',
    title:
      drift.length === 1 && drift[0] ? driftTitles[drift[0].kind] : 'Files and database have drifted apart',
    text: `${drift.map(({ message }) => message).join(' ')} Mend the release, or accept it with a reason that is kept.`,
    lines: [
      {
        label: 'Accept it with your reason, and apply what is pending',
        line: curlLine({ url, method: 'POST', body: { acceptDrift } }),
      },
    ],
  }
}

const driftTitles: Readonly<Record<DriftFinding['kind'], string>> = {
  missing: 'An applied migration is not shipped',
  out_of_order: 'A pending migration comes too late',
  edited: 'An applied migration was edited',
}

function planAdvice({ title, detail }: Problem, url: string): Advice {
  const line = { label: 'Look at the plan again', line: curlLine({ url: `${url}/plan` }) }
  return { id: 'plan', tone: 'bad', title, text: detail, lines: [line] }
}

/** `last`: the run that did not get it done. */
function applyAdvice({ head }: DoorStatus, last: Run | undefined, url: string): Advice {
  const line = curlLine({ url, method: 'POST', ...(head !== null && { body: { expect: head } }) })
  if (!last)
    return {
      id: 'apply',
      tone: 'act',
      title: 'Apply what is pending',
      text: 'One call applies it, however many ask. It names the newest migration, so that an older replica declines.',
      lines: [{ label: 'Apply', line }],
    }
  return {
    id: 'apply',
    tone: last.status === 'cancelled' ? 'act' : 'bad',
    title: `The last run ${endings[last.status]}`,
    text: last.failure?.detail ?? 'Nothing more is known of it.',
    lines: [{ label: 'Try again', line }],
  }
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

/** Items that are told in words of their own. */
const toldAbove: ReadonlySet<string> = new Set(['drift', 'unresolved', 'pending', 'database_reachable'])

function checkAdvice({ check, status }: Seen): Advice[] {
  // An open question keeps the row of knex's lock as it was.
  const told = (id: string): boolean =>
    toldAbove.has(id) || (id === 'knex_lock' && (status?.unresolved.length ?? 0) > 0)
  const failing = check?.ok
    ? check.body.items.filter(({ id, status: found }) => found === 'fail' && !told(id))
    : []
  if (failing.length === 0) return []
  const what = failing.map(({ title, detail }) => detail ?? title).join(' ')
  return [
    {
      id: 'check',
      tone: 'bad',
      title: `${count(failing.length, 'item')} of the checklist ${failing.length === 1 ? 'fails' : 'fail'}`,
      text: `${what} The checklist below has the remedy.`,
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

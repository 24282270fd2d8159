import type { DatabaseState, OpenStep } from '../postgres/state.js'
import type { Order } from './engine.js'
import { RunFailure } from './failures.js'

/**
 * Non-transactional migrations that were interrupted or failed, do not declare themselves repeatable, and are not
 * recorded: nobody can know how far they came. What a run is at work on is none of them.
 */
export function openQuestions({ history, openSteps, run }: DatabaseState): readonly OpenStep[] {
  const recorded = new Set(history.map((row) => row.name))
  const underWay = run?.status === 'running' ? run.id : undefined
  return openSteps.filter((step) => !step.repeatable && !recorded.has(step.name) && step.runId !== underWay)
}

/** Each once. */
export function namesOf(steps: readonly OpenStep[]): readonly string[] {
  return [...new Set(steps.map((step) => step.name))]
}

/** Throws where `order.resolve` answers a question that is not open; one answered before as `applied` may be repeated. */
export function checkResolve(state: DatabaseState, { resolve }: Order): void {
  if (!resolve) return
  const open = openQuestions(state)
  const repeated = resolve.as === 'applied' && state.history.some((row) => row.name === resolve.name)
  if (!repeated && !open.some((step) => step.name === resolve.name)) throw notOpen(resolve.name, open)
}

/** Throws `unresolved` where a run with this order would have to ask. */
export function checkQuestions(state: DatabaseState, { resolve }: Order): void {
  const left = openQuestions(state).filter((step) => step.name !== resolve?.name)
  if (left.length > 0) throw unresolved(left)
}

/** Names what is asked about, and how to answer. */
export function unresolved(steps: readonly OpenStep[]): RunFailure {
  const names = namesOf(steps)
  const example = names[0] ?? ''
  return new RunFailure(
    'unresolved',
    `${names.join(', ')} ran outside a transaction and was interrupted or failed; whether its work is in the database nobody can know. Look, then say so: resolve: { "name": "${example}", "as": "applied" | "pending", "reason": "…" }, or \`sallyport migrate --resolve ${example}=applied|pending --reason …\`. "applied" records it as done, "pending" runs it again.`,
    {
      unresolved: names,
      migration: example,
      remedy: `resolve ${example} as "applied" or "pending"`,
    },
  )
}

/** The answer was to a question that nobody asks. */
export function notOpen(name: string, open: readonly OpenStep[]): RunFailure {
  const waiting = open.map((step) => step.name).join(', ')
  return new RunFailure(
    'unresolved',
    `There is no open question about ${name}, so there is nothing to resolve.${waiting ? ` Waiting for a decision: ${waiting}.` : ''}`,
    { unresolved: open.map((step) => step.name) },
  )
}

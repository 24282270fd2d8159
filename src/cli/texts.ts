import { problemKinds } from '../problems/catalog.js'
import type { RunView, Status } from '../runs/engine.js'
import type { Blocker, Completed, Failed, Planned } from '../runs/outcome.js'

/** What a finished `migrate` says to a person. */
export function completedText({ status, applied, batch, durationMs, ahead, joined }: Completed): string {
  if (status === 'up_to_date')
    return lines('Nothing is pending: the database is up to date.', ...aheadLines(ahead))
  const heading = `Migrations applied: ${applied.length} in ${durationMs} ms, batch ${batch ?? '–'}${joined ? ', by a run that was under way' : ''}.`
  return lines(heading, ...applied.map((one) => `  ${one.name}  ${one.durationMs} ms`), ...aheadLines(ahead))
}

/** What `plan` says to a person. */
export function plannedText({ pending, ahead }: Planned): string {
  if (pending.length === 0) return lines('Nothing is pending.', ...aheadLines(ahead))
  const steps = pending.map(
    ({ name, transaction }) => `  ${name}${transaction ? '' : '  (outside a transaction)'}`,
  )
  return lines(`Pending: ${pending.length}`, ...steps, ...aheadLines(ahead))
}

/** What `status` says to a person. */
export function statusText(status: Status): string {
  return lines(
    `Newest migration shipped: ${status.head ?? 'none'}`,
    `Applied: ${status.applied}`,
    listed('Pending', status.pending),
    ...aheadLines(status.ahead),
    ...status.drift.map(({ kind, message }) => `Drift (${kind}): ${message}`),
    ...(status.outside.length > 0 ? [listed('Changed outside of Sallyport', status.outside)] : []),
    ...(status.unresolved.length > 0 ? [listed('Unresolved', status.unresolved)] : []),
    ...(status.run ? runLines(status.run) : []),
    ...(status.journal ? [`Journal: ${status.journal.seq}:${status.journal.hash}`] : []),
  )
}

/** What a failure says to a person: what happened, what it names, what to do now. */
export function failedText({ code, detail, fields }: Failed): string {
  return lines(
    `${problemKinds[code].title}: ${detail}`,
    ...(fields.drift ?? []).map(({ name, kind }) => `  ${kind}: ${name}`),
    ...(fields.unresolved ?? []).map((name) => `  unresolved: ${name}`),
    ...(fields.blockers ?? []).map(blockerLine),
    ...(fields.applied?.length ? [listed('  stays applied', fields.applied.map(nameOf))] : []),
    ...(fields.rolledBack?.length ? [listed('  rolled back', fields.rolledBack)] : []),
  )
}

function runLines({ runId, status, plan, applied, startedAt, failure }: RunView): readonly string[] {
  const heading = `Run ${runId}: ${status}, ${applied.length} of ${plan.length} applied, since ${startedAt}`
  return failure ? [heading, `  ${failure.code}: ${failure.detail}`] : [heading]
}

function aheadLines(ahead: readonly string[] | undefined): readonly string[] {
  return ahead?.length ? [listed('Applied by a newer release', ahead)] : []
}

function blockerLine({ pid, user, application, state, since, query }: Blocker): string {
  return `  blocked by pid ${pid}, user ${user ?? '?'}, ${application ?? '?'}, ${state ?? '?'} since ${since ?? '?'}: ${query}`
}

function nameOf({ name }: { readonly name: string }): string {
  return name
}

function listed(label: string, names: readonly string[]): string {
  return names.length === 0 ? `${label}: none` : `${label}: ${names.join(', ')}`
}

function lines(...texts: readonly string[]): string {
  return `${texts.join('\n')}\n`
}

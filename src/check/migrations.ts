import type { Inspection } from '../postgres/inspection.js'
import type { Status } from '../runs/engine.js'
import { fail, pass, unknown, warn, type Finding } from './item.js'

/** Exactly one row, and free: knex takes nothing else. */
export function knexLock({ knexLock: seen }: Inspection, status: Status | undefined): Finding {
  if ('unseen' in seen) return unknown(`${seen.unseen}.`, 'Mend what the server says, then look again.')
  const rows = seen.value
  if (rows === undefined) return pass('There is no lock table yet; the first run creates it.')
  if (rows.length === 1 && rows[0]?.isFree) return pass('One row, free.')
  if (status?.run) return pass(`It is the run's that is under way (${status.run.runId}).`)
  const held = rows.some(({ isLocked }) => isLocked)
  const what =
    rows.length === 0
      ? 'The row is missing'
      : rows.length > 1
        ? `There are ${rows.length} rows`
        : 'It is held'
  return fail(
    `${what}${held ? ', and no run of Sallyport is under way: the knex command line is migrating, or was killed' : '; knex would refuse to migrate'}.`,
    'When you are sure that no knex is migrating: `sallyport unlock`.',
  )
}

/** Missing and late files refuse the next call; edited ones do so under `refuse`. */
export function drift({ drift: findings, outside }: Status, policy: 'warn' | 'refuse'): Finding {
  const beside = outside.length > 0 ? ` Applied or removed by others than a run: ${listed(outside)}.` : ''
  if (findings.length === 0) return pass(`No applied migration is missing, edited or overtaken.${beside}`)
  const refusing = findings.some(({ kind }) => kind !== 'edited' || policy === 'refuse')
  const detail = `${findings.map(({ message }) => message).join(' ')}${beside}`
  const remedy =
    'Restore the files, or rename the late-comer so that it sorts last; or accept each by `sallyport migrate --accept-drift NAME --reason TEXT`.'
  return refusing ? fail(detail, remedy) : warn(detail, remedy)
}

/** The one question that only a person can answer. */
export function unresolved({ unresolved: names }: Status): Finding {
  const [one] = names
  if (one === undefined) return pass('None does.')
  return fail(
    `${listed(names)}: interrupted or failed outside a transaction; whether the work was done nobody can know.`,
    `Look, then say so: \`sallyport migrate --resolve ${one}=applied|pending --reason TEXT\`.`,
  )
}

/** Behind, ahead, or even. */
export function pending({ pending: names, ahead, applied, head }: Status): Finding {
  const newer = ahead.length > 0 ? ` A newer release applied ${listed(ahead)}, which is no error.` : ''
  if (names.length === 0) return pass(`${applied} applied, newest shipped: ${head ?? 'none'}.${newer}`)
  return warn(
    `${names.length} pending: ${listed(names)}.${newer}`,
    'Apply them: `sallyport migrate`, or POST to the endpoint.',
  )
}

const mostNamed = 10

function listed(names: readonly string[]): string {
  const shown = names.slice(0, mostNamed)
  const more = names.length - shown.length
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ')
}

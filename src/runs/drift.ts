import type { Order } from './engine.js'
import { RunFailure } from './failures.js'
import type { EngineOptions } from './options.js'
import type { DriftFinding } from './outcome.js'
import type { Plan } from './plan.js'

/**
 * What of the findings the caller accepts, with the reasons. Throws `drift`, which lists every finding, when one that
 * refuses is left: an edit does so only under `MIGRATION_DRIFT=refuse`.
 */
export function decideDrift(
  plan: Plan,
  order: Order,
  { drift, logger }: Pick<EngineOptions, 'drift' | 'logger'>,
): readonly { readonly name: string; readonly reason: string }[] {
  const accepted = new Map((order.acceptDrift ?? []).map(({ name, reason }) => [name, reason]))
  const open = plan.findings.filter((finding) => !accepted.has(finding.name))
  const refusing = open.filter((finding) => finding.kind !== 'edited' || drift === 'refuse')
  if (refusing.length > 0) throw driftFailure(plan.findings)
  for (const finding of open) logger.warn(finding.message, { migration: finding.name, drift: finding.kind })
  return plan.findings.flatMap(({ name }) => {
    const reason = accepted.get(name)
    return reason === undefined ? [] : [{ name, reason }]
  })
}

function driftFailure(findings: readonly DriftFinding[]): RunFailure {
  const what = findings.map((finding) => finding.message).join(' ')
  return new RunFailure(
    'drift',
    `${what} Nothing was applied. ${remedies(findings)}; or accept it: acceptDrift: [{ "name", "reason" }], or \`sallyport migrate --accept-drift NAME --reason TEXT\`.`,
    { drift: findings },
  )
}

function remedies(findings: readonly DriftFinding[]): string {
  const late = findings.some(({ kind }) => kind === 'out_of_order')
  const files = findings.some(({ kind }) => kind !== 'out_of_order')
  const ways = [
    ...(files ? ['restore the files'] : []),
    ...(late ? ['rename the late-comer so that it sorts last'] : []),
  ].join(', ')
  return `${ways.charAt(0).toUpperCase()}${ways.slice(1)}`
}

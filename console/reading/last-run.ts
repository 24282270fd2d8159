import type { Run } from '../door/shapes.js'

/** How a run ended, after "the last run". */
export const endings: Readonly<Record<Run['status'], string>> = {
  running: 'goes on',
  applied: 'succeeded',
  failed: 'failed',
  cancelled: 'was cancelled',
  interrupted: 'was interrupted',
}

/** The newest run that has ended, where it did not succeed and something that it planned is still pending. */
export function lastRunOf(runs: readonly Run[] | null, pending: readonly string[]): Run | undefined {
  const last = runs?.find(({ status }) => status !== 'running')
  if (!last || last.status === 'applied') return undefined
  return last.plan.some((name) => pending.includes(name)) ? last : undefined
}

import { ask } from '../ask.js'
import type { MigrationSet } from '../sets/migration-set.js'

interface RunRow {
  readonly id: string
  readonly status: string
  readonly plan: readonly { readonly name: string }[]
  readonly applied: readonly { readonly name: string }[]
  readonly ended: boolean
}

interface MigrationRow {
  readonly name: string
  readonly origin: string
  readonly run_id: string | null
}

/** What Sallyport's own tables say that is not so. Read when every process has ended and the last call succeeded. */
export async function recordViolations(url: string, set: MigrationSet): Promise<string[]> {
  const runs = await ask<RunRow & { id: string }>(
    url,
    'select id, status, plan, applied, ended_at is not null as ended from sallyport.runs order by started_at',
  )
  const migrations = await ask<MigrationRow & { name: string }>(
    url,
    'select name, origin, run_id from sallyport.migrations',
  )
  const open = await ask<{ name: string; state: string }>(
    url,
    `select name, state from sallyport.steps where state in ('started', 'failed')`,
  )
  return [
    ...listed(migrations, set),
    ...runs.flatMap((run) => untrueRun(run, migrations)),
    ...claimedTwice(runs),
    ...open.map(({ name, state }) => `a step of ${name} is still ${state}`),
  ]
}

function listed(migrations: readonly MigrationRow[], set: MigrationSet): string[] {
  const known = new Map(migrations.map((one) => [one.name, one]))
  return set.migrations.flatMap(({ name, manner }) => {
    const row = known.get(name)
    if (!row) return [`no record of ${name} in sallyport.migrations`]
    if (row.origin === 'run' || (row.origin === 'resolved' && manner === 'once')) return []
    return [`${name} is recorded as ${row.origin}`]
  })
}

function untrueRun(run: RunRow, migrations: readonly MigrationRow[]): string[] {
  // a dead run that nobody had to recover from keeps its row as it died and is read as interrupted
  if (!run.ended) return run.status === 'running' ? [] : [`run ${run.id} is ${run.status} without an end`]
  const says = new Set(run.applied.map(({ name }) => name))
  const did = new Set(
    migrations.filter(({ run_id: id, origin }) => id === run.id && origin === 'run').map(({ name }) => name),
  )
  const missing = run.plan.filter(({ name }) => !says.has(name))
  return [
    ...(run.status === 'running' ? [`run ${run.id} is running though it has ended`] : []),
    ...(run.status === 'applied' && missing.length > 0
      ? [`run ${run.id} is applied without ${missing.map(({ name }) => name).join(', ')}`]
      : []),
    ...[...says]
      .filter((name) => !did.has(name))
      .map((name) => `run ${run.id} says it applied ${name}, and did not`),
    ...[...did]
      .filter((name) => !says.has(name))
      .map((name) => `run ${run.id} (${run.status}) does not say it applied ${name}`),
  ]
}

function claimedTwice(runs: readonly RunRow[]): string[] {
  const claims = new Map<string, number>()
  for (const { name } of runs.flatMap(({ applied }) => applied)) claims.set(name, (claims.get(name) ?? 0) + 1)
  return [...claims]
    .filter(([, times]) => times > 1)
    .map(([name, times]) => `${times} runs say they applied ${name}`)
}

import { databaseViolations } from '../invariants/database.js'
import { knexViolations } from '../invariants/knex-still-works.js'
import { pooledSettingsLeft } from '../invariants/pool.js'
import { openArena, type Arena } from '../rounds/arena.js'
import { migrationSet } from '../sets/migration-set.js'
import { told, type Answer } from '../targets/target.js'
import type { ScenarioSetting } from './setting.js'

/** Many processes at once, each the first on an empty database. */
export async function crowd(
  setting: ScenarioSetting,
  processes: number,
  rounds: number,
  migrations: number,
): Promise<string[]> {
  const violations: string[] = []
  for (let round = 1; round <= rounds; round += 1) {
    const set = migrationSet('mixed', migrations)
    const arena = await openArena(setting.stage, setting.target, { ...setting, set })
    try {
      const began = Date.now()
      const calls = await Promise.all(Array.from({ length: processes }, () => arena.call()))
      const answers = await Promise.all(calls.map((call) => call.answer()))
      const found = await wrong(arena, answers, setting)
      const good = answers.filter(({ verdict }) => verdict === 'done').length
      setting.say(
        `crowd round ${round}: ${good} of ${processes} done in ${Date.now() - began} ms, ` +
          (found.length === 0 ? 'each migration once' : found.join('; ')),
      )
      violations.push(...found)
    } finally {
      await arena.close()
    }
  }
  return violations
}

async function wrong(
  arena: Arena,
  answers: readonly Answer[],
  { target }: ScenarioSetting,
): Promise<string[]> {
  const failed = new Map<string, number>()
  for (const answer of answers.filter(({ verdict }) => verdict !== 'done')) {
    failed.set(told(answer), (failed.get(told(answer)) ?? 0) + 1)
  }
  const pooled = arena.pgbouncer !== undefined
  const found = [
    ...[...failed].map(([what, times]) => `${times} times: ${what}`),
    ...(await databaseViolations(arena.direct, arena.set, { interruptions: 0, pooled })),
    ...(arena.pgbouncer ? await pooledSettingsLeft(arena.pgbouncer, arena.database, arena.direct) : []),
  ]
  if (found.length > 0 || target.name === 'knex') return found
  return knexViolations(arena.direct, arena.home, arena.set)
}

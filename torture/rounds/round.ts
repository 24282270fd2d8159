import { databaseViolations } from '../invariants/database.js'
import { journalViolations } from '../invariants/journal.js'
import { knexViolations } from '../invariants/knex-still-works.js'
import { pooledSettingsLeft } from '../invariants/pool.js'
import { recordViolations } from '../invariants/records.js'
import type { Stage } from '../machine/stage.js'
import { dice } from '../seed.js'
import { migrationSet } from '../sets/migration-set.js'
import type { Target } from '../targets/target.js'
import { openArena, type Arena } from './arena.js'
import { cellName, type RoundPlan, type RoundReport } from './plan.js'
import { settle, type Settled } from './settle.js'
import { overtake } from './stop.js'
import { wave } from './wave.js'

interface Fought {
  readonly settled: Settled
  readonly kills: number
  readonly violations: readonly string[]
  readonly unrecorded: RoundReport['unrecorded']
  readonly pooledWindow: number
}

/** Plays one round on an empty database: kills, the next call, and every invariant. */
export async function playRound(
  stage: Stage,
  target: Target,
  plan: RoundPlan,
  budgetMs: number,
): Promise<RoundReport> {
  const began = Date.now()
  const arena = await openArena(stage, target, {
    set: migrationSet(plan.cell.kind),
    route: plan.cell.route,
    budgetMs,
  })
  try {
    const fought = await fight(stage, target, plan, arena)
    const { settled } = fought
    // what somebody has to mend by hand is one finding; everything that follows from it would only repeat it
    const after =
      settled.end === 'person' ? [] : await aftermath(arena, target, fought.kills + settled.questions)
    return Object.freeze({
      index: plan.index,
      cell: cellName(plan.cell),
      kills: fought.kills,
      end: settled.end,
      violations: [...fought.violations, ...settled.violations, ...after],
      unrecorded: fought.unrecorded,
      pooledWindow: fought.pooledWindow,
      messages: settled.messages,
      spanMs: settled.spanMs,
      ms: Date.now() - began,
    })
  } finally {
    await arena.close()
  }
}

async function fight(stage: Stage, target: Target, plan: RoundPlan, arena: Arena): Promise<Fought> {
  const { kill } = plan.cell
  const order = { kill, dice: dice(plan.seed), postgres: stage.postgres, target }
  const [first] = plan.moments
  if (kill === 'stop' && first) {
    const overtaken = await overtake(arena, { ...order, moment: first })
    const kills = overtaken.hit ? 1 : 0
    return {
      ...overtaken,
      settled: overtaken,
      kills,
      violations: [],
      unrecorded: { transactional: 0, other: 0 },
    }
  }
  const violations: string[] = []
  let [kills, transactional, other] = [0, 0, 0]
  for (const moment of plan.moments) {
    const report = await wave(arena, { ...order, moment, callers: plan.callers })
    kills += report.hit ? 1 : 0
    transactional += report.unrecorded.transactional
    other += report.unrecorded.other
    violations.push(...report.violations)
  }
  const settled = await settle(arena)
  return { settled, kills, violations, unrecorded: { transactional, other }, pooledWindow: 0 }
}

/** Everything that has to be right once the last call has succeeded. */
async function aftermath(arena: Arena, target: Target, interruptions: number): Promise<string[]> {
  const pooled = arena.pgbouncer !== undefined
  const violations = await databaseViolations(arena.direct, arena.set, { interruptions, pooled })
  if (arena.pgbouncer) {
    violations.push(...(await pooledSettingsLeft(arena.pgbouncer, arena.database, arena.direct)))
  }
  if (target.name === 'sallyport') {
    violations.push(...(await recordViolations(arena.direct, arena.set)))
    violations.push(...(await journalViolations(arena.direct)))
    violations.push(...(await knexViolations(arena.direct, arena.home, arena.set)))
  }
  return violations
}

import { databaseViolations } from '../invariants/database.js'
import { sessions } from '../invariants/sight.js'
import { until } from '../patience.js'
import { openArena, type Arena, type LiveCall } from '../rounds/arena.js'
import { slowSet } from '../sets/slow-set.js'
import { told, type Answer } from '../targets/target.js'
import type { ScenarioSetting } from './setting.js'

/** An index build of `buildMs` with `callers` waiting for it; with `kill`, its client dies in the middle. */
export async function waiters(
  setting: ScenarioSetting,
  callers: number,
  buildMs: number,
  kill: boolean,
): Promise<string[]> {
  const arena = await openArena(setting.stage, setting.target, { ...setting, set: slowSet(buildMs) })
  try {
    const began = Date.now()
    const builder = await arena.call()
    await building(arena, builder)
    const waiting = await Promise.all(Array.from({ length: callers }, () => arena.call()))
    if (kill) {
      // all of them wait by now, so one of them has to take over
      await Promise.all(waiting.map((call) => call.tap.touched))
      builder.child.signal('SIGKILL')
    }
    const answers = await Promise.all([...waiting, ...(kill ? [] : [builder])].map((call) => call.answer()))
    if (kill) await builder.answer()
    const found = await wrong(arena, answers, kill)
    const outcome = found.length === 0 ? 'finished, nobody failed' : found.join('; ')
    setting.say(
      `build of ${buildMs} ms, ${callers} waiting${kill ? ', builder killed' : ''}: ${Date.now() - began} ms, ${outcome}`,
    )
    return found
  } finally {
    await arena.close()
  }
}

async function building(arena: Arena, builder: LiveCall): Promise<void> {
  await until('the index is being built', 30_000, async () => {
    if (!builder.child.alive()) throw new Error(`the builder ended: ${told(await builder.answer())}`)
    const working = await sessions(arena.direct)
    return working.some(
      ({ state, query }) => state === 'active' && query.includes('create index concurrently'),
    )
      ? true
      : undefined
  })
}

async function wrong(arena: Arena, answers: readonly Answer[], kill: boolean): Promise<string[]> {
  const failed = answers.filter(({ verdict }) => verdict !== 'done')
  const pooled = arena.pgbouncer !== undefined
  return [
    ...failed.map((answer) => `a caller was told ${told(answer)}`),
    ...(await databaseViolations(arena.direct, arena.set, { interruptions: kill ? 1 : 0, pooled })),
  ]
}

import type { Client } from 'pg'

import { withSession } from '../ask.js'
import { databaseViolations } from '../invariants/database.js'
import { openArena, type Arena } from '../rounds/arena.js'
import { blockedSet } from '../sets/slow-set.js'
import { sallyportLockTimeoutMs } from '../targets/sallyport.js'
import { told, type Answer } from '../targets/target.js'
import type { ScenarioSetting } from './setting.js'

/** How much longer than `lock_timeout` a reader may take: its own query, and a busy machine. */
const readerMarginMs = 250

/** A session holds the table that a migration wants to change, and readers go on reading it. */
export async function blocker(setting: ScenarioSetting, readers: number): Promise<string[]> {
  const arena = await openArena(setting.stage, setting.target, { ...setting, set: blockedSet(), shipped: 1 })
  try {
    const prepared = await (await arena.call()).answer()
    if (prepared.verdict !== 'done') return [`the tables could not be made: ${told(prepared)}`]
    arena.complete()
    const { answer, slowestMs, reads, pid } = await blocked(arena, readers)
    const after = await (await arena.call()).answer()
    const found = [
      ...wrongAnswer(answer, pid, arena.budgetMs),
      ...(slowestMs <= sallyportLockTimeoutMs + readerMarginMs ? [] : [`a reader waited ${slowestMs} ms`]),
      ...(after.verdict === 'done' ? [] : [`after the blocker had gone: ${told(after)}`]),
      ...(await databaseViolations(arena.direct, arena.set, {
        interruptions: 2,
        pooled: arena.pgbouncer !== undefined,
      })),
    ]
    setting.say(
      `blocked for a budget of ${arena.budgetMs} ms: ${answer.code} after ${answer.ms} ms; slowest of ${reads} reads ` +
        `${slowestMs} ms with a lock_timeout of ${sallyportLockTimeoutMs} ms; ${found.join('; ') || 'all as promised'}`,
    )
    return found
  } finally {
    await arena.close()
  }
}

interface Blocked {
  readonly answer: Answer
  readonly slowestMs: number
  readonly reads: number
  readonly pid: number
}

async function blocked(arena: Arena, readers: number): Promise<Blocked> {
  return withSession(arena.direct, async (session) => {
    await session.query('begin')
    await session.query('lock table torture_items in access share mode')
    const { rows } = await session.query<{ pid: number }>('select pg_backend_pid() as pid')
    const ending = new AbortController()
    const reading = Array.from({ length: readers }, () => read(arena.direct, ending.signal))
    const answer = await (await arena.call()).answer()
    ending.abort()
    const times = (await Promise.all(reading)).flat()
    await session.query('rollback')
    return { answer, slowestMs: Math.max(...times), reads: times.length, pid: rows[0]?.pid ?? 0 }
  })
}

/** Reads the table again and again; how long each read took. */
function read(url: string, signal: AbortSignal): Promise<number[]> {
  return withSession(url, async (session: Client) => {
    const times: number[] = []
    while (!signal.aborted) {
      const began = performance.now()
      await session.query('select count(*) from torture_items')
      times.push(Math.round(performance.now() - began))
      // hands the loop to the other readers and to the proxy
      await new Promise((resolve) => setImmediate(resolve))
    }
    return times
  })
}

/** Starting the process and the last attempt may end after the budget, by this much. */
const overtimeMs = 10_000

function wrongAnswer(answer: Answer, pid: number, budgetMs: number): string[] {
  return [
    ...(answer.code === 'blocked' && answer.exit === 4
      ? []
      : [`blocked, it said ${told(answer)} with exit ${answer.exit}`]),
    ...(answer.blockers.includes(pid) ? [] : [`the blocker ${pid} was not named: ${answer.detail}`]),
    ...(answer.ms <= budgetMs + overtimeMs ? [] : [`it took ${answer.ms} ms`]),
  ]
}

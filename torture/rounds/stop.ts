import { setTimeout as pause } from 'node:timers/promises'

import { look, sessions } from '../invariants/sight.js'
import { within } from '../patience.js'
import { told } from '../targets/target.js'
import type { Arena } from './arena.js'
import { databaseTime, staleWrites, type StaleWrites } from './stale-writes.js'
import { settle, type Settled } from './settle.js'
import { expireTransactions } from './strike.js'
import { strike, type WaveOrder } from './wave.js'

const harmless: StaleWrites = Object.freeze({ violations: [], pooledWindow: 0 })

/** What became of a process that was stopped, overtaken, and resumed. */
export interface Overtaken extends Settled {
  readonly hit: boolean
  readonly pooledWindow: number
}

/**
 * Stops a process as a frozen host does, lets the server's timeouts pass, lets a successor finish everything, and
 * resumes the first: it must write nothing any more.
 */
export async function overtake(arena: Arena, order: Omit<WaveOrder, 'callers'>): Promise<Overtaken> {
  const stale = await strike(arena, order)
  await stale.finish()
  if (!stale.hit()) {
    await stale.call.answer()
    return done({ ...(await settle(arena)), hit: false }, 0)
  }
  const ending = new AbortController()
  const expiring = expire(arena, await stopTime(arena), ending.signal)
  try {
    const settled = await settle(arena)
    const before = await look(arena.direct)
    const resumedAt = await databaseTime(arena)
    stale.call.child.signal('SIGCONT')
    const answer = await stale.call.answer()
    // where the successor has not finished, the first may well go on
    const wrote = settled.end === 'person' ? harmless : await staleWrites(arena, before, resumedAt)
    const hung = answer.code === 'never ended' ? [`the resumed process: ${told(answer)}`] : []
    const violations = [...settled.violations, ...wrote.violations, ...hung]
    return done({ ...settled, violations, hit: true }, wrote.pooledWindow)
  } finally {
    ending.abort()
    await expiring
    stale.call.child.signal('SIGCONT')
  }
}

const done = (settled: Settled & { readonly hit: boolean }, pooledWindow: number): Overtaken =>
  Object.freeze({ ...settled, pooledWindow })

/** What was on the wire is still executed, and a transaction that it opens is the stopped process's: it counts as older. */
async function stopTime(arena: Arena): Promise<string> {
  for (let looks = 0; looks < 50; looks += 1) {
    const seen = await sessions(arena.direct)
    if (!seen.some(({ state }) => state === 'active')) break
    await pause(20)
  }
  return databaseTime(arena)
}

/** Plays the server's idle timeouts once a second until it is told to stop. */
async function expire(arena: Arena, stoppedAt: string, signal: AbortSignal): Promise<void> {
  const aborted = new Promise<'aborted'>((resolve) => {
    signal.addEventListener('abort', () => resolve('aborted'), { once: true })
  })
  while ((await within(1_000, aborted)) !== 'aborted') await expireTransactions(arena.direct, stoppedAt)
}

import { setTimeout as pause } from 'node:timers/promises'

import { look, type Sight } from '../invariants/sight.js'
import { torn, tornViolations } from '../invariants/database.js'
import { until, within } from '../patience.js'
import type { Dice } from '../seed.js'
import type { Postgres } from '../machine/postgres.js'
import { told, type Answer, type Target } from '../targets/target.js'
import type { Trap } from '../wire/tap.js'
import type { Arena, LiveCall } from './arena.js'
import type { Kill, Moment } from './plan.js'
import { strikes } from './strike.js'

/** Callers at once, one of which is struck. */
export interface WaveOrder {
  readonly kill: Kill
  readonly moment: Moment
  readonly callers: number
  readonly dice: Dice
  readonly postgres: Postgres
  readonly target: Target
}

/** What a wave left. */
export interface WaveReport {
  readonly hit: boolean
  readonly violations: readonly string[]
  readonly unrecorded: { readonly transactional: number; readonly other: number }
}

/** Starts the callers, strikes, hears every caller out, and looks at what stands in the database at that instant. */
export async function wave(arena: Arena, order: WaveOrder): Promise<WaveReport> {
  const struck = await strike(arena, order)
  const others = await startOthers(arena, order.callers - 1)
  await struck.finish()
  const answers = await Promise.all([struck.call, ...others].map((call) => call.answer()))
  const sight = await look(arena.direct)
  const untrue = answers.flatMap((answer) => wrongAnswer(answer, sight, arena, order))
  const halves = torn(sight, arena.set)
  const transactional = halves.filter(({ manner }) => manner === 'transactional').length
  return Object.freeze({
    hit: struck.hit(),
    violations: [...untrue, ...tornViolations(sight, arena.set)],
    unrecorded: { transactional, other: halves.length - transactional },
  })
}

/** A call that is going to be struck. */
export interface Struck {
  readonly call: LiveCall
  hit(): boolean
  /** Settles once the blow has fallen, or the call has ended before it could. */
  finish(): Promise<void>
}

/** A run that never comes to its message ends before this. */
const blowLimitMs = 180_000

/** Starts the victim with its trap set, or with its clock running from the first message. */
export async function strike(arena: Arena, order: Omit<WaveOrder, 'callers'>): Promise<Struck> {
  const { moment, kill, dice, postgres } = order
  let hit = false
  let call: LiveCall | undefined
  const blow = async (): Promise<void> => {
    if (call) hit = await strikes[kill]({ postgres, database: arena.database, child: call.child, dice })
  }
  if (moment.at === 'random') {
    const started = (call = await arena.call())
    return Object.freeze({ call: started, hit: () => hit, finish: () => later(started, moment.ms, blow) })
  }
  let falling: Promise<void> | undefined
  const trap: Trap = {
    message: moment.message,
    when: moment.when,
    spring: async () => {
      await (falling = blow())
      return kill === 'client' ? 'sever' : 'resume'
    },
  }
  const started = (call = await arena.call({ trap }))
  const finish = async (): Promise<void> => {
    // a victim may end of its wound while the blow is still falling: a server takes a while to come back
    await until('the blow begins', blowLimitMs, () => (falling || !started.child.alive() ? true : undefined))
    await falling
  }
  return Object.freeze({ call: started, hit: () => hit, finish })
}

async function later(call: LiveCall, ms: number, blow: () => Promise<void>): Promise<void> {
  const touched = await within(
    30_000,
    Promise.race([call.tap.touched.then(() => 'touched'), call.child.ended]),
  )
  if (touched !== 'touched') return
  await within(ms, call.child.ended)
  await blow()
}

async function startOthers(arena: Arena, count: number): Promise<LiveCall[]> {
  const calls: LiveCall[] = []
  for (let at = 0; at < count; at += 1) {
    calls.push(await arena.call())
    await pause(0)
  }
  return calls
}

/** A success that is none, or a failure that the kill does not explain. */
function wrongAnswer(answer: Answer, sight: Sight, arena: Arena, { target }: WaveOrder): string[] {
  if (answer.verdict === 'killed') return []
  if (answer.verdict === 'done') {
    const complete =
      torn(sight, arena.set).length === 0 && sight.records.length === arena.set.migrations.length
    return complete ? [] : [`a caller was told ${answer.code}, which is not so`]
  }
  if (answer.verdict === 'asked' || target.excusable(answer)) return []
  return [`a caller was told ${told(answer)}`]
}

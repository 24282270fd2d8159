import { cellName, routeName, type Cell, type Moment, type RoundPlan } from '../rounds/plan.js'
import { dice, type Dice } from '../seed.js'
import { cells, type CampaignOptions } from './options.js'

/** What an undisturbed run of a kind over a route looks like on the wire. */
export interface Probe {
  readonly messages: number
  readonly spanMs: number
}

/** Probes by kind and route. */
export type Probes = ReadonlyMap<string, Probe>

/** What of a cell makes a difference to an undisturbed run. */
export const probeKey = ({ kind, route }: Cell): string => `${kind} · ${routeName(route)}`

/**
 * The round of that number, or undefined where its cell has been through every message. Rounds go around the cells, and
 * within a cell over the messages in strides, so that wherever a campaign stops, it has covered all of them evenly.
 */
export function planRound(options: CampaignOptions, probes: Probes, index: number): RoundPlan | undefined {
  const all = cells(options)
  const cell = all[index % all.length] as Cell
  const seed = `${options.seed}/${cellName(cell)}/${index}`
  const chance = dice(`plan ${seed}`)
  const probe = probes.get(probeKey(cell))
  if (!probe) throw new Error(`no probe of ${probeKey(cell)}`)
  const first =
    options.at === 'messages'
      ? messageMoment(probe, Math.floor(index / all.length))
      : randomMoment(probe, chance)
  if (!first) return undefined
  const moments = [first]
  // a stopped process is resumed after its successor has finished: there is nothing left to kill
  const waves = cell.kill === 'stop' ? 1 : options.waves
  while (moments.length < waves && chance.next() < 0.5) {
    moments.push(options.at === 'messages' ? anyMessage(probe, chance) : randomMoment(probe, chance))
  }
  return Object.freeze({ index, seed, cell, callers: 1 + chance.below(options.callers), moments })
}

/** How many rounds a campaign has at most: both sides of every message of every cell, or no end. */
export function totalRounds(options: CampaignOptions, probes: Probes): number {
  if (options.at === 'random') return Infinity
  const all = cells(options)
  return all.length * Math.max(...all.map((cell) => 2 * (probes.get(probeKey(cell))?.messages ?? 0)))
}

/** A tenth beyond the usual length: a kill that comes just after the end belongs to the random ones too. */
const randomMoment = (probe: Probe, chance: Dice): Moment => ({
  at: 'random',
  ms: Math.round(chance.next() * (probe.spanMs * 1.1 + 20)),
})

const anyMessage = (probe: Probe, chance: Dice): Moment => ({
  at: 'message',
  message: 1 + chance.below(probe.messages),
  when: chance.next() < 0.5 ? 'before' : 'after',
})

/** Before each message and after the last would be all there is, were there one line only; with several, both sides differ. */
function messageMoment(probe: Probe, step: number): Moment | undefined {
  const places = 2 * probe.messages
  if (step >= places) return undefined
  const place = (step * stride(places)) % places
  return { at: 'message', message: 1 + Math.floor(place / 2), when: place % 2 === 0 ? 'before' : 'after' }
}

/** Near the golden section and without a common divisor: visits each place once, and early ones far apart. */
function stride(places: number): number {
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b))
  let width = Math.max(1, Math.round(places * 0.618))
  while (divisor(places, width) !== 1) width += 1
  return width
}

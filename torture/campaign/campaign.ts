import { writeFileSync } from 'node:fs'

import { openStage, type Stage } from '../machine/stage.js'
import { playRound } from '../rounds/round.js'
import { cellName, type RoundPlan, type RoundReport } from '../rounds/plan.js'
import { targetOf } from '../targets/choose.js'
import { cells, repeatable, type CampaignOptions } from './options.js'
import { planRound, probeKey, totalRounds, type Probe, type Probes } from './plan.js'
import { table } from './table.js'
import { count, openTally, saveTally, type Tally } from './tally.js'

/** Where progress and the table are written. */
export type Say = (line: string) => void

/** Kills until there is enough of it. Resolves to the tally; its findings are the violations. */
export async function campaign(options: CampaignOptions, say: Say, stop: AbortSignal): Promise<Tally> {
  const words = repeatable(options)
  const tally = openTally(words, options.resume)
  const stages = await openStages(options)
  try {
    say(`PostgreSQL ${stages[0]?.postgres.version}, ${stages.length} side by side: ${words}`)
    const probes = await probe(stages[0] as Stage, options, say)
    const over = limits(options, probes, tally, stop)
    const takeNext = (): RoundPlan | undefined => next(options, probes, tally, over)
    await Promise.all(stages.map((stage) => lane(stage, options, takeNext, tally, say)))
  } finally {
    await Promise.all(stages.map((stage) => stage.close()))
  }
  if (options.json) writeFileSync(options.json, `${JSON.stringify(tally, null, 2)}\n`)
  say(table(tally))
  return tally
}

async function openStages({ jobs, routes, postgresBin, keep }: CampaignOptions): Promise<Stage[]> {
  const pools = routes.flatMap((route) => (route.via === 'pgbouncer' ? [route.pool] : []))
  const stages: Stage[] = []
  for (let job = 0; job < jobs; job += 1) stages.push(await openStage({ postgresBin, pools, keep }))
  return stages
}

/** One undisturbed run for each kind and route: how long it is, and that it is right to begin with. */
async function probe(stage: Stage, options: CampaignOptions, say: Say): Promise<Probes> {
  const probes = new Map<string, Probe>()
  for (const cell of cells(options)) {
    const key = probeKey(cell)
    if (probes.has(key)) continue
    const plan = { index: -1, seed: 'probe', cell, callers: 1, moments: [] }
    const report = await playRound(stage, targetOf(options), plan, options.budgetMs)
    if (report.violations.length > 0) throw new Error(`undisturbed ${key}: ${report.violations.join('; ')}`)
    probes.set(key, report)
    say(`undisturbed ${key}: ${report.messages} messages in ${report.spanMs} ms`)
  }
  return probes
}

function limits(options: CampaignOptions, probes: Probes, tally: Tally, stop: AbortSignal): () => boolean {
  const deadline = Date.now() + (options.seconds ?? Infinity) * 1_000
  const rounds = totalRounds(options, probes)
  // kills that find nothing to kill do not count; so many in a row that the end would never come do
  const enough = options.kills ?? Infinity
  const bound = enough * 5 + 50
  return () =>
    stop.aborted ||
    Date.now() >= deadline ||
    tally.kills >= enough ||
    tally.next >= rounds ||
    tally.next >= bound
}

function next(
  options: CampaignOptions,
  probes: Probes,
  tally: Tally,
  over: () => boolean,
): RoundPlan | undefined {
  if (options.only !== undefined) {
    return tally.next++ === 0 ? planRound(options, probes, options.only) : undefined
  }
  while (!over()) {
    const plan = planRound(options, probes, tally.next++)
    if (plan) return plan
  }
  return undefined
}

async function lane(
  stage: Stage,
  options: CampaignOptions,
  takeNext: () => RoundPlan | undefined,
  tally: Tally,
  say: Say,
): Promise<void> {
  for (let plan = takeNext(); plan; plan = takeNext()) {
    const report = await playRound(stage, targetOf(options), plan, options.budgetMs).catch(unjudged(plan))
    count(tally, report, `npm run torture -- ${repeatable(options)} --only ${plan.index}`)
    saveTally(tally, options.resume)
    const told = report.violations.length > 0 ? `VIOLATION ${report.violations.join('; ')}` : report.end
    say(
      `${tally.kills} kills · round ${plan.index} · ${report.cell} · ${momentName(plan)} · ${report.ms} ms · ${told}`,
    )
  }
}

/** A round that the rig itself could not play to its end is a finding, and no reason to give up after hours. */
const unjudged =
  ({ index, cell }: RoundPlan) =>
  (error: unknown): RoundReport =>
    Object.freeze({
      index,
      cell: cellName(cell),
      kills: 0,
      end: 'person',
      violations: [`could not be judged: ${error instanceof Error ? error.message : String(error)}`],
      unrecorded: { transactional: 0, other: 0 },
      pooledWindow: 0,
      messages: 0,
      spanMs: 0,
      ms: 0,
    })

const momentName = ({ moments }: RoundPlan): string =>
  moments
    .map((moment) =>
      moment.at === 'random' ? `${moment.ms} ms` : `${moment.when} message ${moment.message}`,
    )
    .join(', then ')

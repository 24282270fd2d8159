import { Command, Option } from 'commander'
import { availableParallelism } from 'node:os'

import { campaign, type Say } from './campaign/campaign.js'
import type { CampaignOptions } from './campaign/options.js'
import { number, oneOf, routeOptions, routesOf, type RouteChoice } from './choices.js'
import { kills } from './rounds/plan.js'
import { addScenarios } from './scenarios/commands.js'
import type { TargetChoice } from './targets/choose.js'
import { kinds } from './sets/migration-set.js'

const examples = `
Examples:
  npm run torture -- --kills 200 --kinds transactional,mixed,concurrently --route direct,pgbouncer --pool 24,3
  npm run torture -- --at messages --kinds mixed --kill client          before and after every message on the wire
  npm run torture -- --at messages --route pgbouncer --kill backend     the same, between the client and PgBouncer
  npm run torture -- --kill postmaster,lock,stop --kills 60
  npm run torture -- --seconds 14400 --resume torture-state.json        for hours, in as many sittings as it takes
  npm run torture -- --target knex --at messages --kinds mixed          knex's own command line, to compare
  npm run torture -- crowd --processes 32 --rounds 10
  npm run torture -- waiters
  npm run torture -- blocker`

interface Raw extends RouteChoice, TargetChoice {
  readonly seed: string
  readonly at: 'random' | 'messages'
  readonly kinds: CampaignOptions['kinds']
  readonly kill: CampaignOptions['kill']
  readonly callers?: number
  readonly waves?: number
  readonly kills?: number
  readonly seconds?: number
  readonly jobs: number
  readonly budget: number
  readonly only?: number
  readonly resume?: string
  readonly json?: string
  readonly postgresBin?: string
  readonly keep?: boolean
}

/** The command line of the rig. `found` is told how many rounds broke a promise. */
export function command(say: Say, stop: AbortSignal, found: (violations: number) => void): Command {
  const program = routeOptions(new Command('torture'))
    .description('kills migration runs and checks what is left of the database')
    .addHelpText('after', examples)
    .addOption(
      new Option('--target <name>', 'what is tortured').choices(['sallyport', 'knex']).default('sallyport'),
    )
    .option('--program <file>', 'another build of sallyport than the one in dist/')
    .option('--seed <text>', 'decides everything that chance decides', String(Date.now()))
    .addOption(new Option('--at <when>', 'when kills come').choices(['random', 'messages']).default('random'))
    .option('--kinds <list>', kinds.join(', '), oneOf(kinds), ['mixed'])
    .option('--kill <list>', kills.join(', '), oneOf(kills), ['client'])
    .option('--callers <n>', 'callers at once, at most (random: 3, messages: 1)', number)
    .option('--waves <n>', 'kills in a row within one round, at most (random: 3, messages: 1)', number)
    .option('--kills <n>', 'stop after so many kills (random: 60, messages: all)', number)
    .option('--seconds <n>', 'stop after so many seconds', number)
    .option(
      '--jobs <n>',
      'rounds side by side, each with servers of its own',
      number,
      Math.min(2, availableParallelism()),
    )
    .option('--budget <ms>', 'MIGRATION_BUDGET of each call', number, 60_000)
    .option('--only <n>', 'play the round of this number alone', number)
    .option('--resume <file>', 'keep the state in this file and go on from it')
    .option('--json <file>', 'write the figures there')
    .option('--postgres-bin <dir>', 'initdb and postgres to use instead of the embedded ones')
    .option('--keep', 'leave the directory with the logs behind')
    .action(async (raw: Raw) => {
      const tally = await campaign(campaignOptions(raw), say, stop)
      found(tally.findings.length)
    })
  // a scenario's options are its own, also where they are called the same
  program.enablePositionalOptions()
  addScenarios(program, say, found)
  return program
}

function campaignOptions(raw: Raw): CampaignOptions {
  const random = raw.at === 'random'
  const endless = raw.seconds !== undefined || !random
  return Object.freeze({
    target: raw.target,
    program: raw.program,
    seed: raw.seed,
    at: raw.at,
    kinds: raw.kinds,
    routes: routesOf(raw),
    kill: raw.kill,
    callers: raw.callers ?? (random ? 3 : 1),
    waves: raw.waves ?? (random ? 3 : 1),
    kills: raw.kills ?? (endless ? undefined : 60),
    seconds: raw.seconds,
    jobs: raw.jobs,
    budgetMs: raw.budget,
    only: raw.only,
    resume: raw.resume,
    json: raw.json,
    postgresBin: raw.postgresBin,
    keep: raw.keep ?? false,
  })
}

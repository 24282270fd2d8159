import type { Command } from 'commander'

import type { Say } from '../campaign/campaign.js'
import { number, routeOptions, routesOf, type RouteChoice } from '../choices.js'
import { routeName } from '../rounds/plan.js'
import { targetOf, type TargetChoice } from '../targets/choose.js'
import { blocker } from './blocker.js'
import { crowd } from './crowd.js'
import { playOn, type ScenarioSetting } from './setting.js'
import { waiters } from './waiters.js'

interface Common extends RouteChoice, TargetChoice {
  readonly budget: number
  readonly postgresBin?: string
}

/** Adds the scenarios that are not campaigns of kills. */
export function addScenarios(program: Command, say: Say, found: (violations: number) => void): void {
  const play = async (
    common: Common,
    scene: (setting: ScenarioSetting) => Promise<string[]>,
  ): Promise<void> => {
    const target = targetOf(common)
    const violations = await playOn(routesOf(common), common.postgresBin, (stage, route) => {
      say(`${routeName(route)}, PostgreSQL ${stage.postgres.version}`)
      return scene({ stage, target, route, budgetMs: common.budget, say })
    })
    found(violations.length)
  }

  scenario(program, 'crowd', 'many processes at once on an empty database', 180_000)
    .option('--target <name>', 'sallyport or knex', 'sallyport')
    .option('--processes <n>', 'processes at once', number, 32)
    .option('--rounds <n>', 'rounds, each on a new database', number, 10)
    .option('--migrations <n>', 'migrations of the mixed set', number, 20)
    .action((options: Common & { processes: number; rounds: number; migrations: number }) =>
      play(options, (setting) => crowd(setting, options.processes, options.rounds, options.migrations)),
    )

  scenario(program, 'waiters', 'a long CREATE INDEX CONCURRENTLY while others wait', 120_000)
    .option('--callers <n>', 'callers that wait', number, 8)
    .option('--build <ms>', 'how long the build takes', number, 4_000)
    .action((options: Common & { callers: number; build: number }) =>
      play(options, async (setting) => [
        ...(await waiters(setting, options.callers, options.build, false)),
        ...(await waiters(setting, options.callers, options.build, true)),
      ]),
    )

  scenario(program, 'blocker', 'a session holds the table that a migration wants', 8_000)
    .option('--readers <n>', 'sessions that read the table meanwhile', number, 3)
    .action((options: Common & { readers: number }) =>
      play(options, (setting) => blocker(setting, options.readers)),
    )
}

function scenario(program: Command, name: string, description: string, budgetMs: number): Command {
  return routeOptions(program.command(name).description(description))
    .option('--budget <ms>', 'MIGRATION_BUDGET of each call', number, budgetMs)
    .option('--program <file>', 'another build of sallyport than the one in dist/')
    .option('--postgres-bin <dir>', 'initdb and postgres to use instead of the embedded ones')
}

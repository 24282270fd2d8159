import type { Say } from '../campaign/campaign.js'
import { openStage, type Stage } from '../machine/stage.js'
import type { Route } from '../rounds/plan.js'
import type { Target } from '../targets/target.js'

/** Where a scenario plays. */
export interface ScenarioSetting {
  readonly stage: Stage
  readonly target: Target
  readonly route: Route
  readonly budgetMs: number
  readonly say: Say
}

/** Opens a stage for each route in turn, plays on it, closes it. Returns what was found wrong. */
export async function playOn(
  routes: readonly Route[],
  postgresBin: string | undefined,
  play: (stage: Stage, route: Route) => Promise<string[]>,
): Promise<string[]> {
  const pools = routes.flatMap((route) => (route.via === 'pgbouncer' ? [route.pool] : []))
  const stage = await openStage({ postgresBin, pools })
  try {
    const found: string[] = []
    for (const route of routes) found.push(...(await play(stage, route)))
    return found
  } finally {
    await stage.close()
  }
}

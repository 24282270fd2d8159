import type { TargetChoice } from '../targets/choose.js'
import type { Kind } from '../sets/migration-set.js'
import type { Cell, Kill, Route } from '../rounds/plan.js'

/** What a campaign of kills is told to do. */
export interface CampaignOptions extends TargetChoice {
  readonly seed: string
  readonly at: 'random' | 'messages'
  readonly kinds: readonly Kind[]
  readonly routes: readonly Route[]
  readonly kill: readonly Kill[]
  readonly callers: number
  /** Kills within one round, one after the other. */
  readonly waves: number
  /** Undefined: until every message was tried, or the time is over. */
  readonly kills: number | undefined
  readonly seconds: number | undefined
  /** Stages side by side. */
  readonly jobs: number
  readonly budgetMs: number
  /** Only the round of this number. */
  readonly only: number | undefined
  readonly resume: string | undefined
  readonly json: string | undefined
  readonly postgresBin: string | undefined
  readonly keep: boolean
}

/** Every combination, in a fixed order. */
export function cells({ kinds, routes, kill }: CampaignOptions): readonly Cell[] {
  return kinds.flatMap((kind) =>
    routes.flatMap((route) => kill.map((one) => Object.freeze({ kind, route, kill: one }))),
  )
}

/** The options that repeat a campaign, as they are typed. */
export function repeatable(options: CampaignOptions): string {
  const pools = options.routes.flatMap((route) => (route.via === 'pgbouncer' ? [route.pool] : []))
  const routes = new Set(options.routes.map(({ via }) => via))
  return [
    `--target ${options.target}`,
    ...(options.program === undefined ? [] : [`--program ${options.program}`]),
    `--seed ${options.seed}`,
    `--at ${options.at}`,
    `--kinds ${options.kinds.join(',')}`,
    `--route ${[...routes].join(',')}`,
    ...(pools.length > 0 ? [`--pool ${pools.join(',')}`] : []),
    `--kill ${options.kill.join(',')}`,
    `--callers ${options.callers}`,
    `--waves ${options.waves}`,
  ].join(' ')
}

import type { CampaignOptions } from '../../torture/campaign/options.js'
import { planRound, totalRounds } from '../../torture/campaign/plan.js'

const options: CampaignOptions = {
  target: 'knex',
  program: undefined,
  seed: 'one',
  at: 'messages',
  kinds: ['mixed'],
  routes: [{ via: 'direct' }, { via: 'pgbouncer', pool: 3 }],
  kill: ['client', 'lock'],
  callers: 1,
  waves: 1,
  kills: undefined,
  seconds: undefined,
  jobs: 1,
  budgetMs: 1,
  only: undefined,
  resume: undefined,
  json: undefined,
  postgresBin: undefined,
  keep: false,
}

const probes = new Map([
  ['mixed · direct', { messages: 17, spanMs: 100 }],
  ['mixed · pgbouncer 3', { messages: 20, spanMs: 100 }],
])

test('a campaign at messages comes to both sides of each message of each cell exactly once', () => {
  const seen = new Map<string, number>()
  for (let index = 0; index < totalRounds(options, probes); index += 1) {
    const plan = planRound(options, probes, index)
    if (plan) {
      const place = JSON.stringify([plan.cell, plan.moments])
      seen.set(place, (seen.get(place) ?? 0) + 1)
    }
  }
  expect(seen.size).toBe(2 * 2 * (17 + 20))
  expect([...seen.values()].every((times) => times === 1)).toBe(true)
})

test('a round of a number is the same whenever it is planned, and another with another seed', () => {
  const random = { ...options, at: 'random' as const, waves: 3, callers: 3 }
  expect(planRound(random, probes, 40)).toEqual(planRound(random, probes, 40))
  expect(planRound({ ...random, seed: 'two' }, probes, 40)).not.toEqual(planRound(random, probes, 40))
})

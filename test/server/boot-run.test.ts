import { silentLogger } from '../../src/observe/logger.js'
import type { FailureCode } from '../../src/problems/catalog.js'
import type { Actor } from '../../src/runs/actor.js'
import type { Engine, Order } from '../../src/runs/engine.js'
import type { Outcome } from '../../src/runs/outcome.js'
import { bootRun } from '../../src/server/boot-run.js'

const upToDate: Outcome = {
  status: 'up_to_date',
  runId: null,
  batch: null,
  applied: [],
  durationMs: 1,
  joined: false,
  release: '1.4.0',
}

function failed(code: FailureCode): Outcome {
  return { status: 'failed', code, detail: `it was ${code}`, fields: {} }
}

async function run(outcomes: readonly Outcome[], signal = new AbortController().signal) {
  const actors: Actor[] = []
  const errors: string[] = []
  await bootRun({
    engine: {
      journal: { head: () => null } as unknown as Engine['journal'],
      migrate: (_order: Order, actor: Actor) => {
        actors.push(actor)
        return Promise.resolve(outcomes[Math.min(actors.length, outcomes.length) - 1] as Outcome)
      },
    },
    logger: { ...silentLogger, error: (message) => void errors.push(message) },
    signal,
    backoffMs: 1,
  })
  return { actors, errors }
}

test('the boot run is recorded as such', async () => {
  expect((await run([upToDate])).actors).toEqual([{ credential: 'boot' }])
})

test.each(['database_unavailable', 'blocked', 'knex_locked', 'journal_unavailable', 'interrupted'] as const)(
  '%s is tried again until it passes, and logged every time',
  async (code) => {
    const { actors, errors } = await run([failed(code), failed(code), upToDate])
    expect(actors).toHaveLength(3)
    expect(errors).toHaveLength(2)
    expect(errors[0]).toMatch(new RegExp(`it was ${code} – trying again in \\d+ ms`))
  },
)

test.each([
  'migration_failed',
  'drift',
  'unresolved',
  'files_invalid',
  'database_misconfigured',
  'cancelled',
] as const)('%s is not tried again: somebody has to act first', async (code) => {
  const { actors, errors } = await run([failed(code)])
  expect(actors).toHaveLength(1)
  expect(errors).toEqual([`boot: it was ${code} – not trying again until a call or a restart`])
})

test('draining ends the attempts without an error', async () => {
  expect((await run([failed('draining')])).errors).toEqual([])
  const stop = new AbortController()
  stop.abort()
  expect((await run([upToDate], stop.signal)).actors).toEqual([])
})

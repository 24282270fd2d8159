import { openWorkshop, actor, type Workshop } from './workshop.js'

let workshop: Workshop

beforeEach(async () => {
  workshop = await openWorkshop()
  for (const name of ['0001_a', '0002_b']) {
    workshop.write(`${name}.cjs`, `exports.up = (knex) => knex.schema.createTable('t${name}', () => {})`)
  }
})
afterEach(() => workshop.close())

/** What a process leaves that dies after the last commit, or before it, and before it has closed its record. */
async function leaveOpen(applied: number): Promise<string> {
  const engine = workshop.engine()
  const outcome = await engine.migrate({}, actor)
  if (outcome.status !== 'applied' || outcome.runId === null) throw new Error('nothing was applied')
  await workshop.database.query(
    `update sallyport.runs set status = 'running', ended_at = null, applied = '[]', failure = null`,
  )
  const kept = outcome.applied.slice(0, applied).map(({ name }) => `'${name}'`)
  await workshop.database.query(`delete from sallyport.migrations where name not in (${kept.join(', ')})`)
  return outcome.runId
}

test('a run that died after its last commit reads as applied', async () => {
  const runId = await leaveOpen(2)
  expect(await workshop.engine().run(runId)).toMatchObject({
    status: 'applied',
    applied: [{ name: '0001_a' }, { name: '0002_b' }],
    failure: null,
  })
})

test('a run that died before its last commit reads as interrupted, with what stays', async () => {
  const runId = await leaveOpen(1)
  expect(await workshop.engine().run(runId)).toMatchObject({
    status: 'interrupted',
    applied: [{ name: '0001_a' }],
    failure: { code: 'interrupted', detail: expect.stringContaining('or asks about a migration') },
  })
})

import { actor, workshopForEach } from '../runs/workshop.js'
import { transactional } from '../runs/sources.js'
import type { Engine } from '../../src/runs/engine.js'

const workshop = workshopForEach()

/** Four runs of one migration each: twelve records. */
async function history(): Promise<{ engine: Engine }> {
  const { write, engine } = workshop()
  const one = engine()
  for (const name of ['001_a', '002_b', '003_c', '004_d']) {
    write(`${name}.cjs`, transactional(name))
    await one.migrate({}, actor)
  }
  return { engine: one }
}

test('a run that was added, removed or changed in the table of runs alone is found', async () => {
  const { engine } = await history()
  const { query } = workshop().database
  const found = async () => {
    const verdict = await engine.journal.verify()
    return 'reason' in verdict ? verdict.reason : ''
  }
  await query(`update sallyport.runs set status = 'failed' where journal_seq = 4`)
  expect(await found()).toMatch(/ended as applied by the journal, and as failed by the table/)
  await query(`update sallyport.runs set status = 'applied' where journal_seq = 4`)
  await query(`insert into sallyport.runs (id, scope, status, release, actor, plan, lock_pid)
    values (gen_random_uuid(), 'public.knex_migrations', 'running', '1', '{}', '[]', 1)`)
  expect(await found()).toMatch(/nothing of it is in the journal/)
  await query(`delete from sallyport.runs where journal_seq is null`)
  expect(await found()).toBe('')
  await query(`delete from sallyport.runs where journal_seq = 4`)
  expect(await found()).toMatch(/in the journal, but not in the table of runs/)
})

const journaled = (seq: number): string => `where journal_seq = ${seq}`

test.each([
  ['runs: who', `runs set actor = '{"credential":"current","address":"10.0.0.9"}' ${journaled(4)}`, 'actor'],
  [
    'runs: what was planned',
    `runs set plan = jsonb_set(plan, '{0,checksum}', '"x"') ${journaled(4)}`,
    'plan',
  ],
  ['runs: the release', `runs set release = '9.9.9' ${journaled(4)}`, 'release'],
  ['runs: the batch', `runs set batch = 77 ${journaled(4)}`, 'batch'],
  ['runs: when it began', `runs set started_at = started_at - interval '1 day' ${journaled(4)}`, 'beginning'],
  ['runs: when it ended', `runs set ended_at = ended_at + interval '1 day' ${journaled(4)}`, 'end'],
  ['runs: why it failed', `runs set failure = '{"code":"blocked"}' ${journaled(4)}`, 'error'],
  [
    'runs: what it applied beside',
    `runs set applied = applied || '[{"name":"x","durationMs":1}]' ${journaled(4)}`,
    'number of applied migrations',
  ],
  ['runs: that it applied nothing', `runs set applied = '{}' ${journaled(4)}`, 'the table of runs does not'],
  [
    'runs: how long each took',
    `runs set applied = jsonb_set(applied, '{0,durationMs}', '99999') ${journaled(4)}`,
    'the table of runs does not',
  ],
  ['migrations: a checksum', `migrations set checksum = 'x' where name = '002_b'`, 'checksum'],
  ['migrations: when', `migrations set applied_at = now() where name = '002_b'`, 'time, duration'],
  ['migrations: by whom', `migrations set origin = 'outside' where name = '002_b'`, 'origin'],
  [
    'migrations: that it was accepted',
    `migrations set accepted = '{"reason":"x","actor":{}}' where name = '002_b'`,
    'acceptance',
  ],
])('%s, changed in the table beside the journal, is found by the record', async (_, change, found) => {
  const { engine } = await history()
  await workshop().database.query(`update sallyport.${change}`)
  expect(await engine.journal.verify()).toMatchObject({
    intact: false,
    seq: expect.any(Number),
    reason: expect.stringContaining(found),
  })
})

test('a row that is added to the table of migrations, or removed from it, is found', async () => {
  const { engine } = await history()
  const { query } = workshop().database
  const reason = async () => {
    const verdict = await engine.journal.verify()
    return 'reason' in verdict ? verdict.reason : ''
  }
  await query(`insert into sallyport.migrations (scope, name, recorded_as, kind, origin)
    values ('public.knex_migrations', 'x', 'x.cjs', 'cjs', 'run')`)
  expect(await reason()).toMatch(
    'that x was applied by a run, or decided by a person, and the journal does not',
  )
  await query(`delete from sallyport.migrations where name = 'x'`)
  expect(await reason()).toBe('')
  await query(`delete from sallyport.migrations where name = '002_b'`)
  expect(await reason()).toMatch('says that 002_b was applied, and the table of migrations has no such row')
})

import { actor, workshopForEach } from '../runs/workshop.js'
import { transactional } from '../runs/sources.js'
import { recordsOf } from './records.js'

const workshop = workshopForEach()

const refusals = { code: 'unauthorized', status: 401, reason: 'wrong' } as const

test('several engines and their summaries write at once: one chain, without a gap', async () => {
  const { write, engine, database } = workshop()
  write('001_a.cjs', transactional('a'))
  const engines = Array.from({ length: 3 }, () => engine({ timings: { refusalsMs: 1 } }))
  for (const one of engines) await one.migrate({}, actor)
  const over = performance.now() + 4_000
  let sent = 0
  await Promise.all(
    engines.map(async (one, index) => {
      for (let turn = 0; performance.now() < over; turn++) {
        one.journal.refused({ ...refusals, address: `10.0.${index}.${turn % 9}` })
        sent += 1
        await one.status()
        if (turn % 7 === 0) {
          write(`${String(100 + turn)}_${index}.cjs`, transactional(`t${turn}${index}`))
          await one.migrate({ acceptDrift: [] }, actor)
        }
      }
    }),
  )
  await workshop().closeEngines()
  const records = await recordsOf(database)
  expect(records.map(({ seq }) => seq)).toEqual(records.map((_, index) => index + 1))
  const counted = records
    .filter(({ kind }) => kind === 'requests_refused')
    .map(({ data }) => Number(data['total']))
  expect(counted.length).toBeGreaterThan(5)
  expect(counted.reduce((sum, total) => sum + total, 0)).toBe(sent)
  expect(await engine().journal.verify()).toMatchObject({ intact: true, records: records.length })
})

test.each([
  ['its right to insert is revoked', 'revoke insert on sallyport.journal from $role'],
  [
    'a trigger raises',
    'create trigger no before insert on sallyport.journal execute function sallyport.journal_is_append_only()',
  ],
  ['a column is gone', 'alter table sallyport.journal drop column previous_hash'],
  [
    'a trigger swallows what is inserted',
    `create function swallow() returns trigger language plpgsql as 'begin return null; end';
     create trigger quiet before insert on sallyport.journal for each row execute function swallow()`,
  ],
  [
    'a trigger changes what is inserted',
    `create function forge() returns trigger language plpgsql as
       'begin new.record := replace(new.record, ''127.0.0.1'', ''10.0.0.9''); return new; end';
     create trigger quiet before insert on sallyport.journal for each row execute function forge()`,
  ],
  [
    'a rule swallows what is inserted',
    'create rule quiet as on insert to sallyport.journal do instead nothing',
  ],
])('where the journal cannot be written because %s, nothing is applied', async (_, sabotage) => {
  const { write, engine, database, role } = workshop()
  const { name, url } = await role()
  write('001_a.cjs', transactional('a'))
  await engine().migrate({}, actor)
  await database.query(`grant all on all tables in schema sallyport, public to ${name};
    grant usage, create on schema sallyport, public to ${name}; grant usage on all sequences in schema sallyport, public to ${name}`)
  await database.query(sabotage.replace('$role', name))
  write('002_b.cjs', transactional('b'))
  expect(await engine({ url }).migrate({}, actor)).toMatchObject({
    status: 'failed',
    code: 'journal_unavailable',
  })
  expect(await database.query('select name from tally')).toEqual([{ name: 'a' }])
  expect(await database.query('select name from knex_migrations')).toHaveLength(1)
  expect(await database.query('select id from sallyport.runs')).toHaveLength(1)
})

test('an end that cannot be journaled changes no answer, and is sealed once by the next run', async () => {
  const { write, engine, database, warnings } = workshop()
  write('001_a.cjs', transactional('a'))
  const one = engine()
  await one.migrate({}, actor)
  const shut = `create function no() returns trigger language plpgsql as 'begin raise exception ''shut''; end';
    create trigger no before insert on sallyport.journal execute function no()`
  write('002_b.cjs', transactional('b', shut))
  const outcome = await one.migrate({}, actor)
  expect(outcome).toMatchObject({ status: 'applied', applied: [{ name: '002_b' }] })
  const runId = 'runId' in outcome ? (outcome.runId ?? '') : ''
  expect(warnings).toContainEqual(expect.stringContaining('could not be journaled'))
  expect(await one.run(runId)).toMatchObject({ status: 'applied', applied: [{ name: '002_b' }] })
  await database.query('drop trigger no on sallyport.journal')
  write('003_c.cjs', transactional('c'))
  await one.migrate({}, actor)
  const told = (await recordsOf(database)).filter(({ run }) => run === runId)
  expect(told.map(({ kind }) => kind)).toEqual(['run_started', 'migration_applied', 'run_ended'])
  expect(told.at(-1)?.data).toMatchObject({ outcome: 'applied', recovered: true })
  expect(await one.journal.verify()).toMatchObject({ intact: true })
})

test('what a dead run left is sealed once, however often its successors die too', async () => {
  const { write, engine, database } = workshop()
  write('001_a.cjs', transactional('a'))
  const first = await engine().migrate({}, actor)
  const runId = 'runId' in first ? (first.runId ?? '') : ''
  // As a process leaves it that is killed between its last commit and the sealing.
  await database.query('alter table sallyport.journal disable trigger all')
  await database.query('delete from sallyport.journal where seq > 1')
  await database.query('alter table sallyport.journal enable always trigger journal_is_append_only')
  await database.query(`update sallyport.runs set status = 'running', ended_at = null`)
  write('002_b.cjs', `exports.up = () => { throw new Error('stop') }`)
  for (let turn = 0; turn < 3; turn++) await engine().migrate({}, actor)
  const told = (await recordsOf(database)).filter(({ run }) => run === runId)
  expect(told.map(({ kind }) => kind)).toEqual(['run_started', 'migration_applied', 'run_ended'])
  expect(await engine().journal.verify()).toMatchObject({ intact: true })
})

test('a role that may only insert and select keeps the journal, in tables that belong to another', async () => {
  const { write, engine, database, role } = workshop()
  const { name, url } = await role()
  write('001_a.cjs', transactional('a'))
  await engine().migrate({}, actor)
  await database.query(`grant usage on schema sallyport to ${name};
    grant select, insert on sallyport.journal to ${name};
    grant select, insert, update on sallyport.runs, sallyport.migrations, sallyport.steps to ${name};
    grant all on all tables in schema public to ${name}; grant all on all sequences in schema public to ${name};
    grant create, usage on schema public to ${name}`)
  write('002_b.cjs', transactional('b'))
  const one = engine({ url })
  expect(await one.migrate({}, actor)).toMatchObject({ status: 'applied' })
  expect(await one.journal.verify()).toMatchObject({ intact: true, records: 6 })
})

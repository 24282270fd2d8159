import { createHash } from 'node:crypto'
import { actor, workshopForEach } from '../runs/workshop.js'
import { nonTransactional, repeatable, transactional } from '../runs/sources.js'
import { fingerprintOf } from '../../src/journal/fingerprint.js'
import { canonical } from '../../src/journal/record.js'
import { kindsOf, recordsOf } from './records.js'

const workshop = workshopForEach()

test('a run is recorded before it begins and after it ended, with each migration between', async () => {
  const { write, engine, database } = workshop()
  write('001_a.cjs', transactional('a'))
  write('002_b.cjs', repeatable('b'))
  const asker = { ...actor, userAgent: 'curl/8', hops: ['10.0.0.1', '127.0.0.1'], declared: 'Jürgen 🚀' }
  const facts = { configured: { drift: 'warn' }, warnings: ['secret_weak MIGRATION_SECRET'] }
  const outcome = await engine({ bootFacts: facts }).migrate({}, asker)
  if (outcome.status !== 'applied') throw new Error(JSON.stringify(outcome))
  const [started, a, b, ended, ...more] = await recordsOf(database)
  expect(more).toEqual([])
  expect(started).toMatchObject({
    seq: 1,
    kind: 'run_started',
    run: outcome.runId,
    scope: 'public.knex_migrations',
    data: {
      actor: asker,
      batch: 1,
      head: '002_b',
      boot: {
        release: '1.0.0',
        configuration: fingerprintOf({ drift: 'warn' }),
        warnings: ['secret_weak MIGRATION_SECRET'],
      },
      plan: [
        { name: '001_a', checksum: expect.stringMatching(/^sha256:/), transaction: true },
        { name: '002_b', checksum: expect.stringMatching(/^sha256:/), transaction: false },
      ],
    },
  })
  expect([a, b]).toMatchObject([
    { kind: 'migration_applied', subject: '001_a', run: outcome.runId, data: { recordedAs: '001_a.cjs' } },
    { kind: 'migration_applied', subject: '002_b', run: outcome.runId },
  ])
  expect(ended).toMatchObject({
    kind: 'run_ended',
    run: outcome.runId,
    data: {
      outcome: 'applied',
      applied: 2,
      planned: 2,
      code: null,
      recovered: false,
      cancelRequestedBy: null,
    },
  })
})

test('each record is the canonical text that its hash was made of, and names the one before', async () => {
  const { write, engine, database } = workshop()
  write('001_a "quoted" \\ é 🚀.cjs', transactional('a'))
  const odd = 'a\u0000b\u001f\u007f\u2028 "\\/ \u{1f680} 1e400'
  await engine({ release: 'ü"\\' }).migrate({}, { ...actor, userAgent: odd, declared: 'lone \ud800 half' })
  const rows = await database.query<{ record: string; hash: string; previous_hash: string }>(
    'select record, hash, previous_hash from sallyport.journal order by seq',
  )
  expect(rows).toHaveLength(3)
  let before = '0'.repeat(64)
  for (const { record, hash, previous_hash: previous } of rows) {
    expect(canonical(JSON.parse(record))).toBe(record)
    expect(createHash('sha256').update(record).digest('hex')).toBe(hash)
    expect(previous).toBe(before)
    before = hash
  }
  const [started] = await recordsOf(database)
  expect(started?.data['actor']).toMatchObject({
    userAgent: odd.replace('\0', '\ufffd'),
    declared: 'lone \ufffd half',
  })
  expect(await engine().journal.verify()).toMatchObject({ intact: true, seq: 3, hash: before, records: 3 })
})

test('a failed run is recorded with its code, and what stays', async () => {
  const { write, engine, database } = workshop()
  write('001_a.cjs', repeatable('a'))
  write('002_b.cjs', transactional('b', 'select 1/0'))
  const outcome = await engine().migrate({}, actor)
  expect(outcome).toMatchObject({ status: 'failed', code: 'migration_failed' })
  expect(await kindsOf(database)).toEqual(['run_started', 'migration_applied', 'run_ended'])
  expect((await recordsOf(database)).at(-1)?.data).toMatchObject({
    outcome: 'failed',
    applied: 1,
    planned: 2,
    code: 'migration_failed',
    migration: '002_b',
    sqlState: '22012',
  })
})

test('drift that was accepted and questions that were answered are recorded with who, and why', async () => {
  const { write, remove, engine, database } = workshop()
  write('001_a.cjs', transactional('a'))
  write('002_b.cjs', transactional('b'))
  const one = engine()
  await one.migrate({}, actor)
  remove('001_a.cjs')
  await one.migrate({ acceptDrift: [{ name: '001_a', reason: 'squashed' }] }, actor)
  write('003_c.cjs', nonTransactional('c', 'select 1/0'))
  await one.migrate({}, actor)
  write('003_c.cjs', nonTransactional('c'))
  await one.migrate({ resolve: { name: '003_c', as: 'pending', reason: 'nothing of it is there' } }, actor)
  const told = (await recordsOf(database)).filter(({ kind }) => /drift|resolved/.test(kind))
  expect(told).toMatchObject([
    { kind: 'drift_accepted', subject: '001_a', data: { reason: 'squashed', finding: 'missing', actor } },
    { kind: 'resolved_pending', subject: '003_c', data: { reason: 'nothing of it is there', actor } },
  ])
  expect(await one.journal.verify()).toMatchObject({ intact: true })
})

test('what others did to the migrations table is told once each time it changes', async () => {
  const { write, engine, database, knex } = workshop()
  write('001_a.cjs', transactional('a'))
  await knex().migrate.latest()
  write('002_b.cjs', transactional('b'))
  const one = engine()
  await one.migrate({}, actor)
  await knex().migrate.rollback()
  write('003_c.cjs', transactional('c'))
  await one.migrate({}, actor)
  write('004_d.cjs', transactional('d'))
  await one.migrate({}, actor)
  const told = (await recordsOf(database)).filter(({ kind }) => /outside|applied/.test(kind))
  expect(told.map(({ kind, subject }) => `${kind} ${subject}`)).toEqual([
    'outside_added 001_a',
    'migration_applied 002_b',
    'outside_removed 002_b',
    'migration_applied 002_b',
    'migration_applied 003_c',
    'migration_applied 004_d',
  ])
  expect(await one.journal.verify()).toMatchObject({ intact: true })
})

test('two migrations tables share one chain, each record with its own name', async () => {
  const { write, engine, database, dir, root } = workshop()
  write('001_a.cjs', transactional('a'))
  write('../other/001_b.cjs', transactional('b'))
  await engine({ dir }).migrate({}, actor)
  const other = engine({ dir: `${root}/other`, migrations: { tableName: 'other_migrations' } })
  await other.migrate({}, actor)
  const scopes = (await recordsOf(database)).map(({ scope }) => scope)
  expect(scopes).toEqual([
    ...Array(3).fill('public.knex_migrations'),
    ...Array(3).fill('public.other_migrations'),
  ])
  expect(await other.journal.verify()).toMatchObject({ intact: true, records: 6 })
})

test('a call with nothing pending, a dry run and a look write no record', async () => {
  const { write, engine, database } = workshop()
  write('001_a.cjs', transactional('a'))
  const one = engine()
  await one.migrate({ dryRun: true }, actor)
  await one.migrate({}, actor)
  const before = await kindsOf(database)
  await one.migrate({}, actor)
  await one.migrate({ dryRun: true }, actor)
  const status = await one.status()
  expect(status).toMatchObject({ journal: one.journal.head() })
  expect(await kindsOf(database)).toEqual(before)
})

import { createDatabase, type TestDatabase } from '../support/database.js'
import { hasPgBouncer, startPgBouncer } from '../support/pgbouncer.js'
import { runCli } from '../support/processes.js'
import { createTestProject, migrationOf, type TestProject } from '../support/project.js'
import type { Told } from './records.js'

let database: TestDatabase
let project: TestProject
beforeEach(async () => {
  database = await createDatabase()
  project = createTestProject({
    '20250101000000_create_accounts': migrationOf('create table accounts (id int)'),
  })
})
afterEach(async () => {
  project.destroy()
  await database.drop()
})

const sallyport = (args: string, url = database.url) =>
  runCli(args.split(' '), { cwd: project.dir, env: { NODE_ENV: 'production', DATABASE_URL: url } })

const tamper = () =>
  database.query(`alter table sallyport.journal disable trigger all;
    update sallyport.journal set record = replace(record, 'pipeline', 'current') where seq = 1`)

test('verify says that the journal is intact, what it cannot see, and the head to keep', async () => {
  expect((await sallyport('journal verify')).stdout()).toContain('Nothing to verify')
  expect((await sallyport('migrate')).code).toBe(0)
  const { journal } = JSON.parse((await sallyport('status --json')).stdout())
  const anchor = `${journal.seq}:${journal.hash}`
  const verified = await sallyport('journal verify')
  expect([verified.code, verified.stdout()]).toEqual([0, expect.stringContaining(`anchor: ${anchor}`)])
  expect(verified.stdout()).toMatch(/cannot show that records were cut off its end/)
  const anchored = await sallyport(`journal verify --json --anchor ${anchor}`)
  expect([anchored.code, JSON.parse(anchored.stdout())]).toMatchObject([
    0,
    { intact: true, seq: 3, records: 3 },
  ])
  expect((await sallyport(`journal verify --anchor 3:${'0'.repeat(64)}`)).code).toBe(1)
})

test('verify ends with 1 and names the first broken record', async () => {
  await sallyport('migrate')
  await tamper()
  const broken = await sallyport('journal verify --json')
  expect([broken.code, JSON.parse(broken.stdout())]).toMatchObject([
    1,
    { intact: false, seq: 1, reason: expect.stringContaining('record 1 was changed') },
  ])
})

test('the export explains itself, holds the records of the time asked for, and what verification found', async () => {
  await sallyport('migrate')
  const exported = await sallyport('journal export')
  const evidence = JSON.parse(exported.stdout())
  expect(exported.code).toBe(0)
  expect(evidence).toMatchObject({
    about: { title: expect.any(String), database: database.name, kinds: { run_started: expect.any(String) } },
    records: [
      { what: 'a schema change began', kind: 'run_started', data: { actor: { credential: 'pipeline' } } },
      { kind: 'migration_applied', subject: '20250101000000_create_accounts' },
      { kind: 'run_ended', data: { outcome: 'applied' } },
    ],
    written: 3,
    verification: { result: 'The journal is intact: 3 records, without a gap.', intact: true },
  })
  const none = JSON.parse((await sallyport('journal export --until 2020-01-01')).stdout())
  expect(none).toMatchObject({ records: [], written: 0, verification: { records: 3 } })
  const [first, second] = evidence.records as { readonly seq: number; readonly at: string }[]
  const between = await sallyport(
    `journal export --since ${first?.at} --until ${second?.at.replace('Z', '+00:00')}`,
  )
  expect(JSON.parse(between.stdout())).toMatchObject({ records: [{ seq: 1 }], written: 1 })
  await tamper()
  const broken = await sallyport('journal export --json')
  expect([broken.code, JSON.parse(broken.stdout())]).toMatchObject([
    1,
    { verification: { intact: false, seq: 1 } },
  ])
})

test.each([
  ['export --since yesterday', 'Give a date'],
  ['export --since 2026-02-30', 'Give a date'],
  ['export --since 2026-01-01T12:00', 'Give a date'],
  ['export --since 2026-02-01 --until 2026-01-01', 'no time lies between'],
  ['export --since 2026-02-01 --until 2026-02-01', 'no time lies between'],
  ['verify --anchor 3', '64 hexadecimal digits'],
  [`verify --anchor 0:${'0'.repeat(64)}`, '64 hexadecimal digits'],
])('journal %s is a usage error that says what to give', async (args, message) => {
  const run = await sallyport(`journal ${args}`)
  expect([run.code, run.stderr(), run.stdout()]).toEqual([2, expect.stringContaining(message), ''])
})

interface Evidence {
  readonly about: Readonly<Record<'kinds' | 'members' | 'actor', object>> & { readonly covers: string }
  readonly records: readonly (Told & { readonly what: string; readonly data: { readonly actor?: object } })[]
}

test('an auditor finds in the export how each record reads, and how a run ended', async () => {
  await sallyport('migrate')
  project.write('20250102000000_bad', migrationOf('select 1/0'))
  expect((await sallyport('migrate')).code).toBe(1)
  const { about, records } = JSON.parse((await sallyport('journal export')).stdout()) as Evidence
  expect(records.at(-1)).toMatchObject({
    what: 'the schema change ended: failed',
    data: { migration: '20250102000000_bad' },
  })
  for (const { kind, data, ...members } of records) {
    expect(about.kinds).toHaveProperty(kind, expect.any(String))
    expect(Object.keys(about.members)).toEqual(expect.arrayContaining(Object.keys(members)))
    expect(Object.keys(about.actor)).toEqual(expect.arrayContaining(Object.keys(data.actor ?? {})))
  }
  expect(about.covers).toContain('What somebody changes directly in the database')
})

if (hasPgBouncer()) {
  test('through PgBouncer in transaction mode the journal is kept and verified as it is directly', async () => {
    const pooler = await startPgBouncer()
    try {
      const url = pooler.through(database.url)
      expect((await sallyport('migrate', url)).code).toBe(0)
      expect((await sallyport('journal verify', url)).code).toBe(0)
    } finally {
      await pooler.close()
    }
  })
}

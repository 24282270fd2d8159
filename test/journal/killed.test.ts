import { createDatabase, type TestDatabase } from '../support/database.js'
import { eventually, runCli, startCli, type Spawned } from '../support/processes.js'
import { createTestProject, type TestProject } from '../support/project.js'
import { actor, workshopForEach } from '../runs/workshop.js'
import { repeatable } from '../runs/sources.js'
import { recordsOf, type Told } from './records.js'

const outside = (sql: string) =>
  `export const config = { transaction: false, repeatable: true }
export async function up(knex) { await knex.raw(${JSON.stringify(sql)}) }
export async function down() {}\n`

describe('a process that died between a migration and its sealing', () => {
  let database: TestDatabase
  let project: TestProject
  beforeEach(async () => {
    database = await createDatabase()
    project = createTestProject({
      '001_done': outside('create table if not exists done (id int)'),
      '002_long': outside('select pg_sleep(600)'),
    })
  })
  afterEach(async () => {
    project.destroy()
    await database.drop()
  })

  const options = () => ({
    cwd: project.dir,
    env: { NODE_ENV: 'production', DATABASE_URL: database.url },
  })

  /** A process in the middle of its second migration, and the run that it carries out. */
  async function atWork(): Promise<{ readonly worker: Spawned; readonly run: string }> {
    const worker = startCli(['migrate'], options())
    const sleeping = `select 1 from pg_stat_activity where query like '%pg_sleep(600)%' and state = 'active'
      and pid <> pg_backend_pid() and datname = current_database()`
    await eventually(async () => (await database.query(sleeping)).length > 0)
    const [row] = await database.query<{ id: string }>('select id from sallyport.runs')
    expect((await recordsOf(database)).map(({ kind }) => kind)).toEqual(['run_started'])
    return { worker, run: row?.id ?? '' }
  }

  async function succeedTwice(): Promise<Told[]> {
    project.write('002_long', outside('create table if not exists long (id int)'))
    for (let turn = 0; turn < 2; turn++) expect((await runCli(['migrate'], options())).code).toBe(0)
    expect((await runCli(['journal', 'verify'], options())).code).toBe(0)
    return recordsOf(database)
  }

  const sealed = [
    ['migration_applied', true, '001_done'],
    ['run_ended', true, null],
    ['run_started', false, null],
    ['migration_applied', false, '002_long'],
    ['run_ended', false, null],
  ]

  test('has what it applied sealed by the next one, once, and its lock row freed', async () => {
    const { worker, run: dead } = await atWork()
    worker.kill('SIGKILL')
    expect((await worker.exit).signal).toBe('SIGKILL')
    const [, lock, ...rest] = await succeedTwice()
    expect(lock).toMatchObject({ kind: 'knex_lock_freed', data: { runs: [dead] } })
    expect(rest.map(({ kind, run, subject }) => [kind, run === dead, subject])).toEqual(sealed)
    expect(rest[1]?.data).toMatchObject({ outcome: 'interrupted', recovered: true, applied: 1, planned: 2 })
  })

  test('has a session that it left at work ended, which is recorded', async () => {
    const { worker, run: dead } = await atWork()
    // It hangs, and the server has lost only the connection that held the lock.
    worker.kill('SIGSTOP')
    await database.query('select pg_terminate_backend(lock_pid) from sallyport.runs')
    const [, orphan, lock, ...rest] = await succeedTwice()
    worker.kill('SIGKILL')
    await worker.exit
    expect([orphan, lock]).toMatchObject([
      { kind: 'orphan_ended', data: { backends: 1, runs: [dead] } },
      { kind: 'knex_lock_freed', data: { runs: [dead] } },
    ])
    expect(rest.map(({ kind, run, subject }) => [kind, run === dead, subject])).toEqual(sealed)
  })
})

describe('an INVALID index', () => {
  const workshop = workshopForEach()

  test('that an interrupted migration had left is recorded before it is dropped', async () => {
    const { write, engine, database } = workshop()
    await database.query('create table busy (id int); insert into busy values (1), (1)')
    write(
      '001_a.cjs',
      repeatable('a', 'create unique index concurrently if not exists busy_once on busy (id)'),
    )
    await engine().migrate({}, actor)
    await database.query('delete from busy')
    const outcome = await engine().migrate({}, actor)
    expect(outcome).toMatchObject({ status: 'applied' })
    const [dropped] = (await recordsOf(database)).filter(({ kind }) => kind === 'index_dropped')
    expect(dropped).toMatchObject({
      subject: expect.stringContaining('busy_once'),
      run: 'runId' in outcome && outcome.runId,
      data: { migration: '001_a' },
    })
    expect(await engine().journal.verify()).toMatchObject({ intact: true })
  })
})

import { actor, workshopForEach } from '../runs/workshop.js'
import { transactional } from '../runs/sources.js'

const workshop = workshopForEach()

/** A record with fitting sequence, link and hash, as somebody appends it who has read how they are made. */
async function append(
  kind: string,
  members: { run?: string; subject?: string; data?: object },
): Promise<void> {
  const { query } = workshop().database
  const { run = null, subject = null, data = {} } = members
  await query(
    `with head as (select seq, hash from sallyport.journal order by seq desc limit 1),
       made as (select seq + 1 as seq, hash as previous, format(
         '{"at":"2026-01-01T00:00:00.000000Z","data":%s,"kind":%s,"previous":"%s","run":%s,"scope":"public.knex_migrations","seq":%s,"subject":%s,"v":1}',
         $1::text, to_json($2::text), hash, coalesce(to_json($3::text)::text, 'null'), seq + 1,
         coalesce(to_json($4::text)::text, 'null')) as record from head)
     insert into sallyport.journal (seq, previous_hash, hash, scope, kind, run_id, subject, record)
     select seq, previous, encode(sha256(convert_to(record, 'UTF8')), 'hex'), 'public.knex_migrations', $2,
       $3::text::uuid, $4, record from made`,
    [JSON.stringify(data), kind, run, subject],
  )
}

async function oneRun(): Promise<string> {
  workshop().write('001_a.cjs', transactional('a'))
  const outcome = await workshop().engine().migrate({}, actor)
  return 'runId' in outcome ? (outcome.runId ?? '') : ''
}

const verify = () => workshop().engine().journal.verify()
const nobody = '00000000-0000-4000-8000-000000000000'

test.each(['run_started', 'migration_applied', 'run_ended', 'index_dropped'])(
  'a %s of a run that never was is found, though its hash fits',
  async (kind) => {
    await oneRun()
    await append(kind, { run: nobody, subject: '001_a' })
    expect(await verify()).toMatchObject({
      intact: false,
      seq: 4,
      reason: expect.stringContaining('appended by hand'),
    })
  },
)

test('a second end of a run, and a migration that it never applied, are found', async () => {
  const run = await oneRun()
  await append('run_ended', { run, data: { outcome: 'applied' } })
  expect(await verify()).toMatchObject({ seq: 4, reason: expect.stringContaining('ends more than once') })
  await workshop().database.query(`alter table sallyport.journal disable trigger all;
    delete from sallyport.journal where seq = 4`)
  await append('migration_applied', { run, subject: '002_never' })
  expect(await verify()).toMatchObject({
    seq: 4,
    reason: expect.stringContaining('002_never, and the table'),
  })
})

test('a record that says nothing of a run is taken for true, if its hash fits', async () => {
  await oneRun()
  await append('drift_accepted', { subject: '001_a', data: { reason: 'boss' } })
  expect(await verify()).toMatchObject({ intact: true, seq: 4 })
})

test.each(['drop table sallyport.journal', 'alter table sallyport.journal rename to journal_2'])(
  '%s is found, told in the log when the next run begins a new one, and still found then',
  async (statement) => {
    const run = await oneRun()
    await workshop().database.query(statement)
    const gone = `the journal is gone: 1 runs of the table of runs were recorded in it, the newest being ${run}`
    expect(await verify()).toMatchObject({ intact: false, seq: null, reason: expect.stringContaining(gone) })
    workshop().write('002_b.cjs', transactional('b'))
    expect(await workshop().engine().migrate({}, actor)).toMatchObject({ status: 'applied' })
    expect(workshop().warnings).toContainEqual(expect.stringContaining(gone))
    expect(await verify()).toMatchObject({ intact: false, reason: expect.stringContaining(`run ${run}`) })
  },
)

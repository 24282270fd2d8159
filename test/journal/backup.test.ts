import pg from 'pg'
import { actor, workshopForEach } from '../runs/workshop.js'
import { transactional } from '../runs/sources.js'
import { recordsOf } from './records.js'

const workshop = workshopForEach()

/** A copy of the database as it is, as a restored backup is one; `work` gets its URL. */
async function inCopy(work: (url: string) => Promise<void>): Promise<void> {
  const { database, closeEngines } = workshop()
  await closeEngines()
  const server = new pg.Client({ connectionString: database.url.replace(/\/[^/]*$/, '/postgres') })
  const name = `${database.name}_copy`
  await server.connect()
  try {
    await server.query(`create database ${name} template ${database.name}`)
    await work(database.url.replace(/[^/]*$/, name))
  } finally {
    await closeEngines()
    await server.query(`drop database if exists ${name} with (force)`)
    await server.end()
  }
}

async function migrateTo(name: string, url = workshop().database.url) {
  workshop().write(`${name}.cjs`, transactional(name))
  const engine = workshop().engine({ url })
  const outcome = await engine.migrate({}, actor)
  if (outcome.status !== 'applied') throw new Error(JSON.stringify(outcome))
  const anchor = engine.journal.head()
  if (!anchor) throw new Error('no head')
  return { anchor, runId: outcome.runId }
}

test('anchors from before the backup match in the copy; later ones do not, and it is said what that means', async () => {
  const { anchor: before } = await migrateTo('001_a')
  await inCopy(async (url) => {
    const { anchor: later } = await migrateTo('002_b')
    const copy = workshop().engine({ url })
    expect(await copy.journal.verify({ anchor: before })).toMatchObject({ intact: true, seq: 3 })
    expect(await copy.journal.verify({ anchor: later })).toMatchObject({
      intact: false,
      seq: 6,
      reason: expect.stringMatching(
        /ends at record 3, before the anchor’s 6.*restored backup or a clone of the one/,
      ),
    })
    // The copy goes on by itself: its chain is whole, and is another one.
    await migrateTo('003_c', url)
    expect(await copy.journal.verify()).toMatchObject({ intact: true })
    expect(await copy.journal.verify({ anchor: later })).toMatchObject({
      intact: false,
      seq: 6,
      reason: expect.stringMatching(
        /record 6 is not the one that the anchor names.*restored backup or a clone/,
      ),
    })
    expect(await workshop().engine().journal.verify({ anchor: later })).toMatchObject({ intact: true })
  })
})

test('a run that was under way when the backup was taken reads as interrupted in the copy, and is settled there', async () => {
  const { runId } = await migrateTo('001_a')
  // As it was in the middle of the run: begun, nothing committed yet.
  await workshop().database.query(`alter table sallyport.journal disable trigger all;
    delete from sallyport.journal where seq > 1;
    alter table sallyport.journal enable always trigger journal_is_append_only;
    update sallyport.runs set status = 'running', ended_at = null, applied = '[]';
    delete from sallyport.migrations; delete from knex_migrations; drop table tally`)
  await inCopy(async (url) => {
    const copy = workshop().engine({ url })
    expect(await copy.run(String(runId))).toMatchObject({ status: 'interrupted' })
    await migrateTo('002_b', url)
    expect(await copy.run(String(runId))).toMatchObject({ status: 'interrupted' })
    expect(await copy.journal.verify()).toMatchObject({ intact: true })
  })
  expect((await recordsOf(workshop().database)).map(({ kind }) => kind)).toEqual(['run_started'])
})

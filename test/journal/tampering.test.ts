import { actor, workshopForEach, type Workshop } from '../runs/workshop.js'
import { transactional } from '../runs/sources.js'
import type { Engine } from '../../src/runs/engine.js'

const workshop = workshopForEach()

/** Four runs of one migration each: twelve records. */
async function history(): Promise<{ engine: Engine; anchor: { seq: number; hash: string } }> {
  const { write, engine } = workshop()
  const one = engine()
  for (const name of ['001_a', '002_b', '003_c', '004_d']) {
    write(`${name}.cjs`, transactional(name))
    await one.migrate({}, actor)
  }
  const anchor = one.journal.head()
  if (!anchor) throw new Error('no head')
  return { engine: one, anchor }
}

/** As the owner, who can switch triggers off. */
async function asOwner(...statements: string[]): Promise<void> {
  await workshop().database.query(
    [
      'alter table sallyport.journal disable trigger all',
      ...statements,
      'alter table sallyport.journal enable trigger all',
    ].join(';'),
  )
}

/** Every record from `seq` on is given a new hash and link, as somebody does who covers his tracks. */
const rehash = (from: number): string => `do $$
  declare r record; before text := coalesce((select hash from sallyport.journal where seq = ${from} - 1), repeat('0', 64));
  begin
    for r in select * from sallyport.journal where seq >= ${from} order by seq loop
      r.record := regexp_replace(r.record, '"previous":"[0-9a-f]{64}"', '"previous":"' || before || '"');
      r.record := regexp_replace(r.record, '"seq":\\d+', '"seq":' || r.seq);
      update sallyport.journal set previous_hash = before, record = r.record,
        hash = encode(sha256(convert_to(r.record, 'UTF8')), 'hex') where seq = r.seq
        returning hash into before;
    end loop;
  end $$`

const edit = (seq: number, pattern: string, by: string): string =>
  `update sallyport.journal set record = regexp_replace(record, '${pattern}', '${by}') where seq = ${seq}`

const ownHash = (seq: number): string =>
  `update sallyport.journal set hash = encode(sha256(convert_to(record, 'UTF8')), 'hex') where seq = ${seq}`

test.each<[string, number, string, string[]]>([
  ['a field', 5, 'no longer has the hash', [edit(5, '"recordedAs":"002_b.cjs"', '"recordedAs":"002_x.cjs"')]],
  ['an actor', 4, 'no longer has the hash', [edit(4, '127.0.0.1', '10.0.0.9')]],
  ['a time', 7, 'no longer has the hash', [edit(7, '"at":"....', '"at":"1999')]],
  ['a field with a hash to match', 6, 'names another hash', [edit(5, '002_b.cjs', '002_x.cjs'), ownHash(5)]],
  ['a column', 5, 'column kind', [`update sallyport.journal set kind = 'run_ended' where seq = 5`]],
  [
    'the order',
    5,
    'does not follow',
    [
      'update sallyport.journal set seq = -1 * seq + 1000 where seq in (5, 6)',
      'update sallyport.journal set seq = 1000 - seq + 1 where seq = 995',
      'update sallyport.journal set seq = 5 where seq = 994',
    ],
  ],
  ['a deletion in the middle', 5, 'record 5 is missing', ['delete from sallyport.journal where seq = 5']],
  [
    'a deletion with the later ones moved up',
    5,
    'does not follow',
    [
      'delete from sallyport.journal where seq = 5',
      'update sallyport.journal set seq = seq + 1000 where seq > 5',
      'update sallyport.journal set seq = seq - 1001 where seq > 1000',
    ],
  ],
  [
    'an insertion',
    13,
    'was changed',
    [
      `insert into sallyport.journal select 13, (select hash from sallyport.journal where seq = 12), repeat('1', 64), scope, kind, run_id, subject, record
         from sallyport.journal where seq = 11`,
    ],
  ],
  ['the whole of it emptied', 1, 'but nothing of it|has no record 1', ['truncate sallyport.journal']],
])('%s changed by hand is found by the chain', async (_, seq, reason, statements) => {
  const { engine } = await history()
  await asOwner(...statements)
  expect(await engine.journal.verify()).toMatchObject({
    intact: false,
    seq,
    reason: expect.stringMatching(reason),
  })
})

test('a cut end in which a run lay is found by the table of runs, any other by an anchor', async () => {
  const { engine, anchor } = await history()
  await asOwner('delete from sallyport.journal where seq > 11')
  expect(await engine.journal.verify()).toMatchObject({
    intact: false,
    reason: expect.stringContaining('its end was cut off'),
  })
  // and if the table is made to agree
  await workshop().database.query(`delete from sallyport.migrations where name = '004_d'`)
  await workshop().database.query(`delete from sallyport.runs where journal_seq = 10`)
  await asOwner('delete from sallyport.journal where seq > 9')
  expect(await engine.journal.verify()).toMatchObject({ intact: true, seq: 9 })
  expect(await engine.journal.verify({ anchor })).toMatchObject({
    intact: false,
    seq: 12,
    reason: expect.stringMatching(/ends at record 9, before the anchor’s 12.*restored backup or a clone/),
  })
})

test('a cut end that was appended to again is found by the table of runs, and by an anchor', async () => {
  const { engine, anchor } = await history()
  await asOwner('delete from sallyport.journal where seq > 9')
  workshop().write('005_e.cjs', transactional('e'))
  await engine.migrate({}, actor)
  expect(await engine.journal.verify()).toMatchObject({
    intact: false,
    reason: expect.stringContaining('written anew'),
  })
  expect(await engine.journal.verify({ anchor })).toMatchObject({
    intact: false,
    seq: 12,
    reason: expect.stringContaining('is not the one that the anchor names'),
  })
})

test('what the owner wrote anew from one record on, an anchor alone finds', async () => {
  const { engine, anchor } = await history()
  await asOwner(edit(4, '127.0.0.1', '10.0.0.9'), rehash(4))
  expect(await engine.journal.verify()).toMatchObject({
    intact: false,
    reason: expect.stringContaining('the table of runs says another actor'),
  })
  // and if the table is made to agree
  await workshop().database.query(
    `update sallyport.runs set actor = replace(actor::text, '127.0.0.1', '10.0.0.9')::jsonb where journal_seq = 4`,
  )
  expect(await engine.journal.verify()).toMatchObject({ intact: true, seq: 12 })
  expect(await engine.journal.verify({ anchor })).toMatchObject({
    intact: false,
    seq: 12,
    reason: expect.stringContaining('is not the one that the anchor names'),
  })
})

test.each([
  ['NUL', '\\\\u0000'],
  ['half a surrogate pair', '\\\\ud800'],
])('a record that holds %s, with a fitting hash, is said not to be ours', async (_, character) => {
  const { engine } = await history()
  await asOwner(edit(1, '"userAgent":"[^"]*"|"credential":"', `"credential":"${character}`), rehash(1))
  expect(await engine.journal.verify()).toMatchObject({
    intact: false,
    seq: 1,
    reason: expect.stringContaining('half a surrogate pair: it was not written by Sallyport'),
  })
})

test.each([
  'update sallyport.journal set kind = kind',
  'delete from sallyport.journal',
  'truncate sallyport.journal',
])('%s is refused, also where replication silences triggers', async (statement) => {
  await history()
  const { query } = workshop().database
  await expect(query(statement)).rejects.toThrow('the journal of Sallyport is append-only')
  await expect(query(`set session_replication_role = replica; ${statement}`)).rejects.toThrow('append-only')
})

test('an anchor that lies within an intact journal is confirmed', async () => {
  const { engine, anchor } = await history()
  workshop().write('005_e.cjs', transactional('e'))
  await engine.migrate({}, actor)
  expect(await engine.journal.verify({ anchor })).toMatchObject({ intact: true, seq: 15 })
})

test('where there is no journal, that is the answer, but not to an anchor', async () => {
  const one: Workshop = workshop()
  expect(await one.engine().journal.verify()).toMatchObject({ exists: false })
  expect(await one.engine().journal.verify({ anchor: { seq: 3, hash: 'a'.repeat(64) } })).toMatchObject({
    intact: false,
    reason: expect.stringContaining('was dropped, or this is another database'),
  })
})

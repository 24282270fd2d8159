import { actor, workshopForEach } from '../runs/workshop.js'
import { transactional } from '../runs/sources.js'
import { appendStatements } from '../../src/journal/append.js'
import { readPage } from '../../src/journal/page.js'
import { entrySource, type JournalEntry } from '../../src/journal/record.js'
import type { Scope } from '../../src/postgres/scope.js'
import type { Query } from '../../src/postgres/session.js'

const workshop = workshopForEach()

const scope = {
  name: 'public.knex_migrations',
  bookkeeping: '"sallyport"',
  bookkeepingSchema: 'sallyport',
} as Scope

/** A journal of three records of a run, and these behind them. */
async function journalWith(...entries: JournalEntry[]): Promise<void> {
  const { write, engine, database } = workshop()
  write('001_a.cjs', transactional('a'))
  await engine().migrate({}, actor)
  for (const entry of entries)
    await database.query(['begin', ...appendStatements(scope, [entrySource(entry)]), 'commit'].join(';'))
}

const note = (subject: string | undefined, reason: string): JournalEntry => ({
  kind: 'drift_accepted',
  ...(subject !== undefined && { subject }),
  data: { reason },
})

const verify = (batch?: number) => workshop().engine().journal.verify({ batch })

/** As the owner, who can switch triggers off. */
async function asOwner(statements: string): Promise<void> {
  await workshop().database.query(`alter table sallyport.journal disable trigger all; ${statements};
    alter table sallyport.journal enable trigger all`)
}

test('records are verified whatever they hold, and however many are read at once', async () => {
  const entries = [
    note('a\nb', 'a subject of two lines'),
    note('', 'a subject that is empty'),
    note(undefined, 'line\nline\ttab "quoted" \\ \u0001'),
    note('=', 'ümläut 😀 \u2028'),
    note('long', 'x'.repeat(100_000)),
    note('null', 'after the long one'),
  ]
  await journalWith(...entries)
  for (const batch of [1, 2, 3, 4, 8, 9, 10, 1_000])
    expect(await verify(batch)).toMatchObject({ intact: true, seq: 9, records: 9 })
})

test('a page is one message of one row; what fits in no line, or is long, is read again by itself', async () => {
  await journalWith(note('a', '1'), note('b', '2'), note('c', 'x'.repeat(65_536)), note('d', '4'))
  const rows: number[] = []
  const query: Query = async <Row>(text: string, values: readonly unknown[] = []) => {
    const answer = await workshop().database.query(text, [...values])
    rows.push(answer.length)
    return answer as Row[]
  }
  const pages: string[][] = []
  for (let after = 0; ; after += 2) {
    const page = await readPage(query, scope, after, 2)
    if (page.length === 0) break
    pages.push(page.map(({ seq }) => seq))
  }
  expect(pages).toEqual([['1', '2'], ['3', '4'], ['5', '6'], ['7']])
  expect(rows).toEqual([1, 1, 1, 2, 1, 1])
})

test('an anchor is found on whichever page it lies', async () => {
  await journalWith(note('a', '1'), note('b', '2'))
  const rows = await workshop().database.query<{ seq: string; hash: string }>(
    'select seq, hash from sallyport.journal',
  )
  for (const { seq, hash } of rows) {
    const how = { anchor: { seq: Number(seq), hash }, batch: 2 }
    expect(await workshop().engine().journal.verify(how)).toMatchObject({ intact: true, seq: 5 })
  }
})

const joined = (column: string): string =>
  `${column} || E'\\n' || (select ${column} from sallyport.journal where seq = 5)`

test.each([
  [
    'two records put into one row, a line each',
    4,
    `update sallyport.journal set previous_hash = ${joined('previous_hash')}, hash = ${joined('hash')}, scope = ${joined('scope')},
       kind = ${joined('kind')}, subject = ${joined('subject')}, record = ${joined('record')} where seq = 4;
     delete from sallyport.journal where seq = 5`,
    'its text no longer has the hash|names another hash',
  ],
  [
    'one column of two rows put into the second of them',
    4,
    `alter table sallyport.journal alter kind drop not null;
     update sallyport.journal set kind = 'drift_accepted' || E'\\n' || kind where seq = 5;
     update sallyport.journal set kind = null where seq = 4`,
    'column kind',
  ],
  [
    'a subject that became none',
    4,
    `update sallyport.journal set subject = null where seq = 4`,
    'column subject',
  ],
  [
    'a line break behind a text',
    5,
    `update sallyport.journal set record = record || E'\\n',
       hash = encode(sha256(convert_to(record || E'\\n', 'UTF8')), 'hex') where seq = 5`,
    'canonical form',
  ],
])('%s: that is found', async (_, seq, statements, reason) => {
  await journalWith(note('', '1'), note('', '2'))
  expect(await verify()).toMatchObject({ intact: true, seq: 5 })
  await asOwner(statements)
  expect(await verify()).toMatchObject({ intact: false, seq, reason: expect.stringMatching(reason) })
})

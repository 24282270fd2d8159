import { hash } from 'node:crypto'
import canonicalize from 'canonicalize'
import fc from 'fast-check'
import { breakOf, type JournalRow } from '../../src/journal/chain.js'
import { anyJson, changed, changes, type Change } from './texts.js'

const before = { seq: 41, hash: 'ab'.repeat(32) }

/** What a row has to be, said as plainly as can be; sequence, link and hash apart. */
function isRight(row: JournalRow): boolean {
  try {
    const record = JSON.parse(row.record) as Record<string, unknown>
    const nul = JSON.stringify(record).replaceAll('\\\\', '').includes('\\u0000')
    const { seq, previous, kind, scope, run, subject } = record
    const told = { seq: Number(row.seq), previous: row.previousHash, kind: row.kind, scope: row.scope }
    const same = canonicalize({ ...told, run: row.runId, subject: row.subject })
    return (
      !Array.isArray(record) &&
      !nul &&
      canonicalize(record) === row.record &&
      canonicalize({ seq, previous, kind, scope, run, subject }) === same
    )
  } catch {
    return false
  }
}

const word = fc.oneof(
  fc.constantFrom('run_ended', 'public.knex_migrations', '', 'a"b', 'a\\b', 'a\nb', 'ü', '😀', '","seq":42'),
  fc.string({ unit: 'binary' }),
)

interface Told {
  readonly at: unknown
  readonly data: unknown
  readonly kind: string
  readonly run: string | null
  readonly scope: string
  readonly subject: string | null
  readonly more: Readonly<Record<string, unknown>>
}

const told: fc.Arbitrary<Told> = fc.record({
  at: fc.oneof(fc.constant('2026-01-01T00:00:00.000000Z'), anyJson),
  data: anyJson,
  kind: word,
  run: fc.option(fc.oneof(fc.uuid(), word)),
  scope: word,
  subject: fc.option(word),
  more: fc.constantFrom({}, {}, {}, { v: 2 }, { w: 1 }, { a: 1 }, { extra: null }),
})

/** A row with everything in its place, but for what was changed in its text. */
function rowOf({ more, ...members }: Told, by: readonly Change[]): JournalRow {
  const whole = { ...members, previous: before.hash, seq: 42, v: 1, ...more }
  const record = changed(canonicalize(whole) ?? '', by)
  const { kind, scope, subject, run } = members
  return {
    ...{ seq: '42', previousHash: before.hash, hash: hash('sha256', record) },
    ...{ kind, scope, subject, runId: run, record },
  }
}

const columns = ['kind', 'scope', 'subject', 'runId'] as const

test('a row is taken exactly if its text is canonical JSON that says what its columns say', () => {
  const taken = { yes: 0, no: 0 }
  fc.assert(
    fc.property(
      told,
      fc.oneof(fc.constant([]), changes),
      fc.option(fc.tuple(fc.constantFrom(...columns), fc.option(word))),
      (members, by, column) => {
        const row = { ...rowOf(members, by), ...(column && { [column[0]]: column[1] ?? 'null' }) }
        const right = isRight(row)
        taken[right ? 'yes' : 'no'] += 1
        expect([row, breakOf(row, before) === undefined]).toEqual([row, right])
      },
    ),
    { numRuns: 10_000 },
  )
  expect(taken.yes).toBeGreaterThan(1_000)
  expect(taken.no).toBeGreaterThan(1_000)
})

test.each<[string, Partial<JournalRow>, string]>([
  ['a number too far', { seq: '43' }, 'record 42 is missing: after 41 comes 43'],
  ['a number with a zero before it', { seq: '042' }, 'record 42 is missing'],
  ['another link', { previousHash: 'cd'.repeat(32) }, 'its link names another hash'],
  ['another hash', { hash: 'cd'.repeat(32) }, 'its text no longer has the hash'],
  ['another kind', { kind: 'run_started' }, 'its column kind says'],
  ['another scope', { scope: 'public.other' }, 'its column scope says'],
  ['a run', { runId: '00000000-0000-4000-8000-000000000000' }, 'its column run_id says'],
  ['a subject', { subject: '001_a' }, 'its column subject says'],
  ['a subject that says null', { subject: 'null' }, 'its column subject says'],
])('a row with %s is named', (_, change, reason) => {
  const members = { at: '2026-01-01T00:00:00.000000Z', data: { total: 1 }, kind: 'requests_refused' }
  const row = rowOf({ ...members, run: null, scope: 'public.knex_migrations', subject: null, more: {} }, [])
  expect(breakOf(row, before)).toBeUndefined()
  expect(breakOf({ ...row, ...change }, before)).toContain(reason)
})

/** A text that has its columns in it as they are, whatever that makes of it. */
function pasted({ kind, scope, subject, runId }: Pick<JournalRow, (typeof columns)[number]>): string {
  const told = `"kind":"${kind}","previous":"${before.hash}","run":"${String(runId)}","scope":"${scope}","seq":42,"subject":"${String(subject)}"`
  return `{"at":"2026-01-01T00:00:00.000000Z","data":{},${told},"v":1}`
}

test.each(columns)('a %s is compared with what the text means, not with what it looks like', (column) => {
  const row = (value: string): JournalRow => {
    const plain = { kind: 'run_ended', scope: 'public.knex_migrations', subject: '001_a', runId: 'r' }
    const record = pasted({ ...plain, [column]: value })
    return {
      ...{ ...plain, [column]: value },
      ...{ seq: '42', previousHash: before.hash, hash: hash('sha256', record), record },
    }
  }
  expect(breakOf(row('plain'), before)).toBeUndefined()
  for (const odd of [
    'a"b',
    'a\\nb',
    'a\\"b',
    'a\\',
    'a\\xb',
    'a\nb',
    'a\u0000b',
    '\\u0000',
    'a\ud800',
    '\\ud800',
  ])
    expect([odd, breakOf(row(odd), before)]).toEqual([odd, expect.any(String)])
})

test.each([
  ['{"at":', '{"zz":'],
  ['{"at":', '["at":'],
  ['{"at":', ' {"at":'],
  [',"data":', ',"kine":'],
  [',"data":', ' "data":'],
  ['"data":{},', '"data":{},"kinc":1,"b":2,'],
  ['"v":1}', '"v":1}}'],
  ['"v":1}', '"v":1,"u":1}'],
])('a text with %s written as %s is none of a record', (written, instead) => {
  const plain = { kind: 'run_ended', scope: 'public.knex_migrations', subject: '001_a', runId: 'r' }
  const record = pasted(plain).replace(written, instead)
  const row = { ...plain, seq: '42', previousHash: before.hash, hash: hash('sha256', record), record }
  expect(breakOf(row, before)).toMatch(/no JSON|canonical form/)
})

test.each([
  ['deeper than any stack', `{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`],
  ['with half a surrogate pair in a name', '{"b":1,"a\\ud800":1}'],
])('a record %s is named, and breaks nothing', (_, record) => {
  const columns = { kind: 'run_ended', scope: 'public.knex_migrations', subject: null, runId: null }
  const row = { ...columns, seq: '42', previousHash: before.hash, hash: hash('sha256', record), record }
  expect(breakOf(row, before)).toContain('record 42 is not in canonical form')
})

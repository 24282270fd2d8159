import { identifier, literal, qualified } from '../../src/postgres/identifiers.js'
import { lockKey } from '../../src/postgres/lock-key.js'
import { maskLiterals } from '../../src/postgres/masking.js'
import { createDatabase, type TestDatabase } from '../support/database.js'

let database: TestDatabase
beforeAll(async () => {
  database = await createDatabase()
})
afterAll(() => database.drop())

const odd = [
  `plain`,
  `it's`,
  `"quoted"`,
  `back\\slash`,
  `\\'; drop table a; --`,
  `tab\tline\nend`,
  `ünï💡`,
  `a.b`,
  ' ',
]

test.each(odd)('PostgreSQL reads the constant %j as it was meant', async (text) => {
  expect(await database.query(`select ${literal(text)} as text`)).toEqual([{ text }])
})

test.each(odd)('PostgreSQL reads the identifier %j as it was meant', async (name) => {
  expect(await database.query(`select 1 as ${identifier(name)}`)).toEqual([{ [name]: 1 }])
  expect(qualified(name, name)).toBe(`${identifier(name)}.${identifier(name)}`)
})

test('each migrations table and each purpose has a lock key of its own, always the same', () => {
  const keys = [lockKey('run', 'public.a'), lockKey('fence', 'public.a'), lockKey('run', 'public.b')]
  expect(new Set(keys.map((key) => JSON.stringify(key))).size).toBe(3)
  expect(lockKey('run', 'public.knex_migrations')).toEqual(lockKey('run', 'public.knex_migrations'))
  for (const { classId, objectId } of keys) {
    expect([classId, objectId].every((half) => half === (half | 0))).toBe(true)
  }
})

test.each([
  [`select * from users where name = 'Bob' and id = 42`, 'select * from users where name = ? and id = ?'],
  [`select 'it''s', 'b'`, 'select ?, ?'],
  [
    `insert into a values ($1, 3.14, $$secret$$, $tag$it's secret$tag$)`,
    'insert into a values ($1, ?, ?, ?)',
  ],
  [`select 'cut off in the mid`, 'select ?'],
  [`select $$cut off`, 'select ?'],
  ['select\n   1,\t2', 'select ?, ?'],
  [`select E'it\\'s secret'`, 'select ?'],
  [`update t1 set c2 = 0x1F where x = 1e5`, 'update t1 set c2 = ? where x = ?'],
  [`select 'a' -- password is hunter2\n, 1`, 'select ? , ?'],
  [`/* hunter2 */ select 1`, 'select ?'],
])('constants and comments are masked: %j', (sql, masked) => {
  expect(maskLiterals(sql)).toBe(masked)
})

import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { actor, workshopForEach } from './workshop.js'
import { custom, transactional } from './sources.js'

const workshop = workshopForEach()

const wholeDatabase = `select n.nspname || '.' || c.relname as name from pg_class c
  join pg_namespace n on n.oid = c.relnamespace where n.nspname !~ '^(pg_|information_schema)'`

/** Refused before anything ran: nothing is in the database. */
async function refused(fields: object, settings = {}): Promise<string> {
  const outcome = await workshop().engine(settings).migrate({}, actor)
  expect(outcome).toMatchObject({ status: 'failed', code: 'files_invalid', fields })
  expect(await workshop().database.query(wholeDatabase)).toEqual([])
  return (outcome as { detail: string }).detail
}

test('a directory that is missing is an error, never up to date', async () => {
  const { dir } = workshop()
  rmSync(dir, { recursive: true })
  expect(await refused({})).toContain(dir)
})

test('a directory without a migration is up to date, and it is said that nothing is there', async () => {
  const { engine, warnings } = workshop()
  expect(await engine().migrate({}, actor)).toMatchObject({ status: 'up_to_date' })
  expect(warnings).toEqual([expect.stringContaining('there is no migration file')])
})

test('a file in place of the directory is an error', async () => {
  const { dir } = workshop()
  rmSync(dir, { recursive: true })
  writeFileSync(dir, '')
  expect(await refused({})).toMatch(/ENOTDIR/)
})

test('one missing directory of several is an error', async () => {
  const { dir, write } = workshop()
  write('001_a.cjs', transactional('a'))
  expect(await refused({}, { migrations: { directory: [dir, `${dir}-more`] } })).toContain(`${dir}-more`)
})

test.each([
  ['has a syntax error', '002_b.cjs', 'exports.up = async (knex => {}'],
  ['throws while it loads', '002_b.cjs', 'throw new Error("no such setting")'],
  ['imports what is not there', '002_b.mjs', `import 'not-installed-anywhere'; export const up = () => {}`],
  ['exports no `up`', '002_b.cjs', 'exports.down = async () => {}'],
  ['exports an `up` that is no function', '002_b.mjs', 'export const up = 5'],
  ['is TypeScript with a syntax error', '002_b.ts', 'export const up = async (knex: => {}'],
  ['is empty', '002_b.js', ''],
])('a file that %s is named before anything runs', async (_, path, source) => {
  workshop().write('001_a.cjs', transactional('a'))
  workshop().write(path, source)
  expect(await refused({ migration: '002_b' })).toContain('002_b')
})

test('a directory named like a migration is no migration', async () => {
  mkdirSync(join(workshop().dir, '001_a.js'))
  await refused({ migration: '001_a' })
})

test('the same migration as .js and as .ts is refused', async () => {
  workshop().write('001_a.js', transactional('a'))
  workshop().write('001_a.ts', 'export const up = async () => {}')
  expect(await refused({ migration: '001_a' })).toMatch(/001_a\.js.*001_a\.ts/)
})

test('the same name in two directories is refused', async () => {
  const { dir, write } = workshop()
  write('one/001_a.cjs', transactional('a'))
  write('two/001_a.cjs', transactional('a'))
  await refused({ migration: '001_a' }, { migrations: { directory: [`${dir}/one`, `${dir}/two`] } })
})

test('two migrations of one timestamp run in the order of their names', async () => {
  const { write, engine } = workshop()
  write('20260101_b.cjs', transactional('b'))
  write('20260101_a.cjs', transactional('a'))
  expect(await engine().migrate({}, actor)).toMatchObject({
    applied: [{ name: '20260101_a' }, { name: '20260101_b' }],
  })
})

test('every kind of module is loaded', async () => {
  const { write, engine } = workshop()
  write('001_a.cjs', transactional('a'))
  write('002_b.mjs', `await Promise.resolve(); export const up = (knex) => knex.raw('create table b ()')`)
  write(
    '003_c.ts',
    `export async function up(knex: { raw(sql: string): Promise<unknown> }): Promise<void> {
    const sql: string = 'create table c ()'
    await knex.raw(sql)
  }`,
  )
  write('004_d.mjs', `export default { up: (knex) => knex.raw('create table d ()') }`)
  write('005_e.js', custom(`await knex.raw('create table e ()')`))
  expect(await engine().migrate({}, actor)).toMatchObject({ status: 'applied', applied: { length: 5 } })
})

test('the directory is listed anew at each call', async () => {
  const { write, engine } = workshop()
  const one = engine()
  expect(await one.migrate({}, actor)).toMatchObject({ status: 'up_to_date' })
  write('001_a.cjs', transactional('a'))
  expect(await one.migrate({}, actor)).toMatchObject({ applied: [{ name: '001_a' }] })
})

test('files that were already applied are not loaded again', async () => {
  const { write, engine } = workshop()
  write('001_a.cjs', transactional('a'))
  await engine().migrate({}, actor)
  write('001_a.cjs', 'throw new Error("loaded again")')
  write('002_b.cjs', transactional('b'))
  expect(await engine().migrate({}, actor)).toMatchObject({ applied: [{ name: '002_b' }] })
})

import { readFileSync } from 'node:fs'
import { transactional } from '../runs/sources.js'
import { actor, workshopForEach } from '../runs/workshop.js'
import { disownJournal, migratorOf, type Migrator } from './migrator.js'
import { lookAt, says, type Looked } from './rig.js'

const workshop = workshopForEach()
let migrator: Migrator
beforeEach(async () => {
  migrator = await migratorOf(workshop())
})

/** The checklist of a replica that comes in as the role that migrates. */
async function look(): Promise<Looked> {
  return lookAt({}, workshop().engine({ url: migrator.url }))
}

async function migrate(): Promise<void> {
  await workshop().engine({ url: migrator.url }).migrate({}, actor)
}

test('a journal that was tampered with fails, and so does one that is gone', async () => {
  const { database, write } = workshop()
  write('001_a.cjs', transactional('a'))
  await migrate()
  expect((await look()).item('journal_intact')).toEqual(['pass', says('whole up to the head')])
  await database.query('alter table sallyport.journal disable trigger all')
  await database.query('delete from sallyport.journal where seq = 2')
  expect((await look()).item('journal_intact')).toEqual(['fail', says('journal verify')])
  await database.query('drop table sallyport.journal')
  expect((await look()).item('journal_intact')).toEqual(['fail', says('the journal is gone: 1 runs')])
})

test('applied migrations without any journal are warned of', async () => {
  workshop().write('001_a.cjs', transactional('a'))
  await workshop().knex().migrate.latest()
  const { item } = await lookAt({}, workshop().engine())
  expect(item('journal_intact')).toEqual(['warn', says('there is no journal')])
})

test.each([
  ['its table', 'alter table sallyport.journal owner to $role', 'owns the table'],
  ['its schema', 'alter schema sallyport owner to $role', 'owns its schema'],
  [
    'the function of its trigger',
    'alter function sallyport.journal_is_append_only() owner to $role',
    'owns the function',
  ],
])('a journal is not protected from a role that owns %s', async (_, statement, found) => {
  workshop().write('001_a.cjs', transactional('a'))
  await migrate()
  await disownJournal(workshop(), migrator)
  expect((await look()).item('journal_protected')).toEqual(['pass', says('can only append')])
  await workshop().database.query(statement.replace('$role', migrator.name))
  expect((await look()).item('journal_protected')).toEqual(['warn', says(found)])
})

const { disable, create } = {
  disable: 'alter table sallyport.journal disable trigger',
  create: `drop trigger journal_is_append_only on sallyport.journal;
    create trigger journal_is_append_only before`,
}
const calls = 'execute function sallyport.journal_is_append_only()'

test.each([
  ['is switched off', `${disable} journal_is_append_only`, 'switched off'],
  ['is switched off with all others', `${disable} all`, 'switched off'],
  [
    'fires for a replica only',
    `${disable.replace('disable', 'enable replica')} journal_is_append_only`,
    'off',
  ],
  [
    'is silent for a replica',
    `${disable.replace('disable', 'enable')} journal_is_append_only`,
    'session_replication_role',
  ],
  ['is gone', 'drop trigger journal_is_append_only on sallyport.journal', 'is gone'],
  [
    'covers less',
    `${create} update on sallyport.journal for each statement ${calls}`,
    'no longer refuses all',
  ],
  [
    'has a condition',
    `${create} update or delete on sallyport.journal for each row when (old.seq < 0) ${calls}`,
    'no longer refuses all',
  ],
  [
    'calls something harmless',
    `create or replace function sallyport.journal_is_append_only() returns trigger language plpgsql as 'begin return null; end'`,
    'was changed',
  ],
  [
    'calls what takes its refusal back',
    `create or replace function sallyport.journal_is_append_only() returns trigger language plpgsql as
      $$ begin raise exception 'the journal of Sallyport is append-only: % is refused', TG_OP; exception when others then return null; end $$`,
    'was changed',
  ],
  [
    'calls what takes its refusal back behind a comment',
    `create or replace function sallyport.journal_is_append_only() returns trigger language plpgsql as
      $$ BEGIN RAISE EXCEPTION /* ' */ '%', TG_OP; EXCEPTION WHEN OTHERS THEN RETURN NULL; -- ', TG_OP;
      END $$`,
    'was changed',
  ],
])('a journal whose trigger %s is not protected', async (_, statement, found) => {
  workshop().write('001_a.cjs', transactional('a'))
  await migrate()
  await disownJournal(workshop(), migrator)
  await workshop().database.query(statement)
  expect((await look()).item('journal_protected')).toEqual(['fail', says(found)])
})

test('the trigger that is restored by the statements in the documentation is one that protects', async () => {
  workshop().write('001_a.cjs', transactional('a'))
  await migrate()
  await disownJournal(workshop(), migrator)
  const document = readFileSync(new URL('../../docs/journal.md', import.meta.url), 'utf8')
  const statements = [...document.matchAll(/```sql\n(.*?)```/gs)].map(([, sql]) => sql ?? '')
  await workshop().database.query(
    statements.find((sql) => sql.startsWith('CREATE OR REPLACE FUNCTION')) ?? '',
  )
  expect((await look()).item('journal_protected')).toEqual(['pass', says('can only append')])
})

const swallow =
  'create function public.swallow() returns trigger language plpgsql as $$ begin return null; end $$'

test.each([
  [
    'a trigger',
    `${swallow}; create trigger quiet before insert on sallyport.journal for each row execute function public.swallow()`,
    'trigger quiet',
  ],
  ['a rule', 'create rule quiet as on insert to sallyport.journal do instead nothing', 'rule quiet'],
  ['row level security', 'alter table sallyport.journal enable row level security', 'row level security'],
  ['an heir', 'create table public.heir () inherits (sallyport.journal)', 'child table heir'],
  ['what a crash empties', 'alter table sallyport.journal set unlogged', 'UNLOGGED'],
])('a journal on which lies %s is not protected', async (_, statement, found) => {
  workshop().write('001_a.cjs', transactional('a'))
  await migrate()
  await disownJournal(workshop(), migrator)
  await workshop().database.query(statement)
  expect((await look()).item('journal_protected')).toEqual(['fail', says(found)])
})

import { eventually } from '../support/processes.js'
import { migrationOf } from '../support/project.js'
import { call, look, openDoor, readSecret, type Door } from './door.js'
import { names, outsideTransaction } from './sources.js'
import { visitForEach } from './visit.js'

const visit = visitForEach()

const accounts = { [names.accounts]: migrationOf('create table accounts (id int)') }
const orders = { [names.orders]: migrationOf('create table orders (id int)') }

async function open(migrations: Readonly<Record<string, string>>): Promise<Door> {
  visit.door = await openDoor(migrations)
  return visit.door
}

const tile = (name: string) => visit.watched.page.getByRole('region', { name, exact: true })
const says = (name: string, text: string | RegExp) => tile(name).getByText(text).first().waitFor()

test('behind: what is pending with its checksum, and the line that applies it; nothing was ever run', async () => {
  const { server, project } = await open({ ...accounts, [names.orders]: outsideTransaction('select 1') })
  await look(visit.watched.page, server.ops)
  await says('Schema', 'Behind by 2')
  await says('Running', 'Nothing')
  await says('Last change', 'None yet')
  await says('History', 'No run has been recorded yet.')
  const plan = (await (
    await fetch(`${server.ops}/api/migrate/plan`, { headers: { authorization: `Bearer ${readSecret}` } })
  ).json()) as { pending: { checksum: string }[] }
  const rows = tile('Pending: 2 migrations').getByRole('listitem')
  const checksums = plan.pending.map(({ checksum }) => checksum.replace('sha256:', '').slice(0, 12))
  await rows.nth(0).getByText(`in a transactionsha256 ${checksums[0]}…`).waitFor()
  await rows.nth(1).getByText(`outside a transactionsha256 ${checksums[1]}…`).waitFor()
  await says('What to do', `-d '{"expect":"${names.orders}"}'`)
  project.write(names.index, migrationOf('select 1'))
  await says('Schema', 'Behind by 3')
})

test('up to date after a run from elsewhere: who did it, from where, and each of its migrations', async () => {
  const { server } = await open({ ...accounts, ...orders })
  const { page } = visit.watched
  await look(page, server.ops)
  await says('Schema', 'Behind by 2')
  await call(
    server.ops,
    'POST',
    '',
    {},
    { 'x-actor': 'anna', 'x-request-id': 'deploy-42', 'user-agent': 'ci/7' },
  )
  await says('Schema', 'Up to date')
  await says('Last change', /by the migration secret from 127\.0\.0\.1 as “anna”/)
  await says('What to do', 'Nothing to do')
  await tile('History').locator('summary').click()
  for (const text of ['deploy-42', 'ci/7', '1.4.0']) await says('History', text)
  expect(await page.title()).toBe('Up to date · Sallyport')
})

test('ahead of an older release, which is no fault', async () => {
  const { server, project } = await open({ ...accounts, ...orders })
  await call(server.ops, 'POST')
  project.remove(names.orders)
  await look(visit.watched.page, server.ops)
  await says('Schema', 'Ahead by 1')
  await says('What to do', 'Nothing to do')
})

test('a failed run: what failed and why, in its own words', async () => {
  const broken = { [names.orders]: migrationOf('create table orders (id int)', 'select 1 / 0') }
  const { server } = await open({ ...accounts, ...broken })
  expect(await call(server.ops, 'POST')).toBe(500)
  const { page } = visit.watched
  await look(page, server.ops)
  await says('What to do', 'The last run failed')
  await tile('History').locator('summary').click()
  await says('History', 'SQLSTATE 22012')
  await says('History', 'division by zero')
  await tile('History')
    .getByRole('listitem')
    .filter({ hasText: names.orders })
    .getByText('failed, and was rolled back')
    .waitFor()
})

test('drift: each finding, and the line that accepts them', async () => {
  const { server, project } = await open({ ...accounts, ...orders })
  await call(server.ops, 'POST')
  project.write(names.accounts, migrationOf('create table accounts (id bigint)'))
  project.write('20260106090000_late', migrationOf('select 1'))
  await look(visit.watched.page, server.ops)
  await says('What to do', `${names.accounts} was changed after it had been applied`)
  for (const name of ['20260106090000_late', names.accounts])
    await says('What to do', `{"name":"${name}","reason":"WHY IT IS RIGHT"}`)
})

test('the checklist: what is wrong first, with its remedy; what passes folded; looked at anew after a run', async () => {
  const { server } = await open(accounts)
  const { page } = visit.watched
  await look(page, server.ops)
  const items = tile('Production checklist').locator('.check:visible')
  await items.filter({ hasText: 'Everything shipped is applied' }).getByText('warn').waitFor()
  await items.filter({ hasText: 'SENTRY_DSN is not set' }).getByText('Set SENTRY_DSN').waitFor()
  expect(await items.filter({ hasText: 'A dedicated migration secret is set' }).count()).toBe(0)
  await tile('Production checklist').locator('summary').click()
  await items.filter({ hasText: 'A dedicated migration secret is set' }).getByText('pass').waitFor()
  await call(server.ops, 'POST')
  await items.filter({ hasText: 'Everything shipped is applied' }).getByText('pass').waitFor()
})

test('rows that no run wrote are told', async () => {
  const { server, database } = await open({ ...accounts, ...orders })
  await call(server.ops, 'POST')
  await database.query(
    `insert into knex_migrations (name, batch, migration_time) values ('20260107090000_by_hand.js', 9, now())`,
  )
  await look(visit.watched.page, server.ops)
  await says('What to do', 'Changed from outside')
  await says('What to do', '20260107090000_by_hand')
})

test('interrupted: a run whose process died is told, and what is pending can be applied again', async () => {
  const { server, again, database } = await open({
    [names.accounts]: migrationOf('select pg_sleep(60)'),
  })
  void call(server.ops, 'POST').catch(() => undefined)
  await sleeping(database)
  server.kill('SIGKILL')
  const next = await again()
  await look(visit.watched.page, next.ops)
  await says('What to do', 'The last run was interrupted')
  await says('History', 'interrupted')
  next.kill('SIGKILL')
})

test('unresolved: the one question, and both answers', async () => {
  const { server, again, database } = await open({ [names.index]: outsideTransaction('select pg_sleep(60)') })
  void call(server.ops, 'POST').catch(() => undefined)
  await sleeping(database)
  server.kill('SIGKILL')
  const next = await again()
  await look(visit.watched.page, next.ops)
  await says('Schema', 'Waiting for an answer')
  await says('What to do', 'Did it take effect?')
  for (const as of ['applied', 'pending'])
    await says('What to do', `{"resolve":{"name":"${names.index}","as":"${as}","reason":"WHY YOU KNOW"}}`)
  next.kill('SIGKILL')
})

async function sleeping(database: Door['database']): Promise<void> {
  await eventually(async () => {
    const sql = `select 1 from pg_stat_activity where datname = current_database() and state = 'active' and query like '%pg_sleep(60)%' and pid <> pg_backend_pid()`
    return (await database.query(sql)).length > 0
  })
}

test('many runs: the newest, as a picture and as a list that opens', async () => {
  const { server, database } = await open(accounts)
  await call(server.ops, 'POST')
  await database.query(`insert into sallyport.runs (id, scope, status, release, actor, plan, applied, batch, lock_pid, started_at, ended_at, failure)
    select gen_random_uuid(), scope, case when n % 7 = 0 then 'failed' else 'applied' end, '1.' || n, actor, plan, case when n % 7 = 0 then '[]' else applied end, n, 0,
      now() - n * interval '20 hours', now() - n * interval '20 hours' + n * n * interval '150 ms',
      case when n % 7 = 0 then '{"code":"migration_failed","detail":"It did not work."}'::jsonb end
    from sallyport.runs, generate_series(1, 80) n`)
  const { page } = visit.watched
  await look(page, server.ops)
  await page.getByRole('img', { name: /^50 runs, 7 without success; the longest took/ }).waitFor()
  await says('History', 'the newest 50 runs')
  const rows = tile('History').locator('summary')
  expect(await rows.count()).toBe(10)
  await page.getByRole('button', { name: 'Show all 50' }).click()
  expect(await rows.count()).toBe(50)
})

test('the database is away: said as it is, and mended by itself', async () => {
  const { server, relay } = await open(accounts)
  await look(visit.watched.page, server.ops)
  await says('Schema', 'Behind by 1')
  await relay.close()
  await says('Schema', 'Database unavailable')
  await visit.watched.page.getByText('Live', { exact: true }).waitFor()
  await relay.open()
  await says('Schema', 'Behind by 1')
})

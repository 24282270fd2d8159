import { migrationOf } from '../support/project.js'
import { call, look, openDoor, readSecret } from './door.js'
import { openFront } from './front.js'
import { inShell } from './shell.js'
import { names } from './sources.js'
import { visitForEach } from './visit.js'

const visit = visitForEach()

const accounts = { [names.accounts]: migrationOf('create table accounts (id int)') }
const orders = { [names.orders]: migrationOf('create table orders (id int)') }

const region = (name: string | RegExp) => visit.watched.page.getByRole('region', { name, exact: true })
const says = (name: string | RegExp, text: string | RegExp) => region(name).getByText(text).first().waitFor()
const lines = () => region('What to do').locator('pre').allTextContents()

test('drift: one line accepts all that would refuse the run, and does so in a shell', async () => {
  visit.door = await openDoor({ ...accounts, ...orders })
  const { server, project } = visit.door
  await call(server.ops, 'POST')
  for (const name of ['20260106090000_late', '20260107090000_later'])
    project.write(name, migrationOf('select 1'))
  await look(visit.watched.page, server.ops)
  await says('What to do', 'Files and database have drifted apart')
  await says('Schema', /Files and database have drifted apart/)
  const [line = '', ...others] = await lines()
  expect(others).toEqual([])
  expect(JSON.parse(await inShell(line))).toMatchObject({ status: 'applied' })
  await says('Schema', 'Every migration that this release ships is applied.')
})

test('a run that failed is told beside what is pending, and files that do not load offer no call', async () => {
  visit.door = await openDoor({ ...accounts, [names.orders]: migrationOf('select 1 / 0') })
  const { server, project } = visit.door
  await look(visit.watched.page, server.ops)
  await says('Schema', 'This release ships 2 migrations that are not applied.')
  await call(server.ops, 'POST')
  await says('Schema', 'The last run failed.')
  project.write(names.orders, 'export const up = (')
  project.write(names.index, migrationOf('select 1'))
  await says('What to do', 'Migration files invalid')
  expect((await lines()).filter((line) => line.includes('POST'))).toEqual([])
  project.write(names.orders, orders[names.orders])
  await region('What to do').getByText('Migration files invalid').waitFor({ state: 'detached' })
  await says('What to do', 'The last run failed')
})

test('without a database nothing is claimed, and all of it is there again once it is', async () => {
  visit.door = await openDoor(accounts)
  const { server, relay } = visit.door
  await call(server.ops, 'POST')
  await relay.close()
  await look(visit.watched.page, server.ops)
  await says('Schema', 'Database unavailable')
  for (const name of ['Running', 'Last change', 'History']) await says(name, 'Not known')
  await says('What to do', /^The database cannot be reached/)
  await says('Production checklist', /^1 fail, .* 11 unknown/)
  await relay.open()
  await says('Schema', 'Up to date')
  await says('What to do', 'Nothing to do')
  await says('Last change', 'By the migration secret')
  await region('Production checklist').getByText('The database can be reached').waitFor({ state: 'hidden' })
})

test('a journal that was changed is told where one looks first', async () => {
  visit.door = await openDoor(accounts)
  const { server, database } = visit.door
  await call(server.ops, 'POST')
  await database.query(`alter table sallyport.journal disable trigger all;
    update sallyport.journal set record = record || ' ' where seq = 1;
    alter table sallyport.journal enable always trigger journal_is_append_only`)
  await look(visit.watched.page, server.ops)
  await says('What to do', /Broken at record 1/)
  await says('History', /Journal not intact/)
})

test('a token that no header can hold is told at once, and one that expires is told as such', async () => {
  visit.door = await openDoor(accounts)
  const { page } = visit.watched
  const asked: string[] = []
  page.on('request', (request) => asked.push(new URL(request.url()).pathname))
  for (const token of ['ключ', 'two words', '"quoted"', 'a=b']) {
    await look(page, visit.door.server.ops, token)
    await page.getByRole('alert').getByText('No token looks like this').waitFor()
  }
  expect(asked.filter((path) => path.startsWith('/api'))).toEqual([])
  await page.getByLabel('Read secret').fill(`  ${readSecret} `)
  await page.keyboard.press('Enter')
  await says('Schema', 'Behind by 1')
  const body = JSON.stringify({ code: 'unauthorized' })
  await page.route('**/api/migrate', (route) => route.fulfill({ status: 401, body }))
  await page.getByRole('alert').getByText('The token is no longer accepted.').waitFor()
})

test('below a prefix that a proxy takes off, the page finds the visit.door, and so do its lines', async () => {
  visit.door = await openDoor(accounts)
  const front = await openFront('/ops/db')
  front.to(visit.door.server.ops)
  await look(visit.watched.page, front.url)
  await says('Schema', 'Behind by 1')
  await says('What to do', 'Apply what is pending')
  const [line = ''] = await lines()
  expect(line).toContain(`'${front.url}/api/migrate'`)
  expect(JSON.parse(await inShell(line))).toMatchObject({ status: 'applied' })
  await says('Schema', 'Up to date')
  await front.close()
})

test('by key alone: in, to a run, into it, and out again', async () => {
  visit.door = await openDoor(accounts)
  const { page } = visit.watched
  await call(visit.door.server.ops, 'POST')
  await page.goto(`${visit.door.server.ops}/`)
  await page.locator('#token:focus').waitFor()
  await page.keyboard.type(readSecret)
  await page.keyboard.press('Enter')
  await region('History').locator('summary').waitFor()
  const focused = () => page.evaluate(() => document.activeElement?.textContent ?? '')
  const tabTo = async (text: string): Promise<void> => {
    for (let keys = 0; keys < 12; keys += 1) {
      await page.keyboard.press('Tab')
      if ((await focused()).includes(text)) return
    }
    throw new Error(`${text} is not reached by the Tab key`)
  }
  await tabTo(names.accounts)
  await tabTo(`applied${names.accounts}`)
  await page.keyboard.press('Enter')
  await says('History', 'Request id')
  await page.locator('body').focus()
  await page.getByRole('button', { name: 'Forget token' }).focus()
  await page.keyboard.press('Enter')
  await page.getByLabel('Read secret').waitFor()
})

test('a bar of the picture opens its run, also one that is not listed yet; on the narrowest screen nothing leaves the sides', async () => {
  visit.door = await openDoor(accounts)
  const { server, database } = visit.door
  const { page } = visit.watched
  await call(server.ops, 'POST')
  await database.query(`insert into sallyport.runs (id, scope, status, release, actor, plan, applied, batch, lock_pid, started_at, ended_at, failure)
    select gen_random_uuid(), scope, case n when 15 then 'failed' else status end, '1.' || n, actor, plan, applied, n, 0,
      now() - n * interval '1 day', now() - n * interval '1 day' + n * interval '2 s',
      case n when 15 then '{"code":"migration_failed","detail":"Some \`command\` mends it."}'::jsonb end
    from sallyport.runs, generate_series(1, 20) n`)
  await page.setViewportSize({ width: 320, height: 700 })
  await look(page, server.ops)
  await says('History', '21 runs, 1 without success')
  await page.locator('.bar-failed').click()
  await says('History', 'migration_failed')
  await region('History').getByRole('code').getByText('command', { exact: true }).waitFor()
  const beyond = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  )
  expect(beyond).toBe(0)
})

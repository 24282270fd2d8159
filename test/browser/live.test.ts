import type { Page } from 'playwright-core'
import { migrationOf } from '../support/project.js'
import { call, look, openDoor } from './door.js'
import { openFront } from './front.js'
import { holder } from './holder.js'
import { names, outsideTransaction } from './sources.js'
import { visitForEach } from './visit.js'

const visit = visitForEach()

const tile = (name: string | RegExp) => visit.watched.page.getByRole('region', { name, exact: true })
const says = (name: string | RegExp, text: string | RegExp) => tile(name).getByText(text).first().waitFor()

/** Layout shifts, as Chromium counts them, since the page was opened. */
async function shifts(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        new PerformanceObserver((list) => {
          const entries = list.getEntries() as unknown as { value: number; hadRecentInput: boolean }[]
          resolve(entries.filter((one) => !one.hadRecentInput).reduce((sum, { value }) => sum + value, 0))
        }).observe({ type: 'layout-shift', buffered: true })
        setTimeout(resolve, 1_000, 0)
      }),
  )
}

test('a run under way shows which of how many, and nothing moves from its beginning until its end', async () => {
  visit.door = await openDoor({
    [names.accounts]: migrationOf('create table accounts (id int)'),
    [names.orders]: outsideTransaction('select pg_sleep(3)', true),
    [names.totals]: outsideTransaction('select pg_sleep(3)', true),
    [names.invoices]: migrationOf('create table invoices (id int)'),
  })
  const { page } = visit.watched
  await look(page, visit.door.server.ops)
  await says('Schema', 'Behind by 4')
  const before = await shifts(page)
  const done = call(visit.door.server.ops, 'POST')
  await says('Running', '2 of 4')
  await says('Under way: 2 of 4', names.orders)
  await says('What to do', /-X DELETE '.*\/api\/migrate\/runs\/[0-9a-f-]{36}'/)
  await says('Running', '3 of 4')
  expect(await shifts(page)).toBe(before)
  expect(await done).toBe(200)
  await says('Schema', 'Up to date')
  await says('Running', 'Nothing')
  await says('The last run: 4 migrations', 'applied in')
  expect((await shifts(page)) - before).toBeLessThan(0.05)
})

test('waiting: who blocks, since when, with what; gone when the lock is', async () => {
  visit.door = await openDoor({
    [names.accounts]: migrationOf('create table accounts (id int)'),
  })
  const { server, database, project } = visit.door
  await call(server.ops, 'POST')
  const release = await holder(database.url, 'select * from accounts')
  project.write(names.totals, migrationOf('alter table accounts add column total int'))
  await look(visit.watched.page, server.ops)
  const done = call(server.ops, 'POST')
  await says('What to do', 'Waiting for 1 session')
  for (const text of [/^pid \d+$/, 'nightly report', 'idle in transaction', 'select * from accounts'])
    await says('What to do', text)
  // Longer than one try of two seconds: the wait is told as the one that it is.
  await says(/^Under way/, /waits for a lock, [3-9] s/)
  await release()
  expect(await done).toBe(200)
  await says('Schema', 'Up to date')
})

test('an index build tells its phase', async () => {
  visit.door = await openDoor({ [names.accounts]: migrationOf('create table accounts (id int)') })
  const { server, database, project } = visit.door
  await call(server.ops, 'POST')
  const release = await holder(database.url, 'insert into accounts values (1)')
  project.write(names.index, outsideTransaction('create index concurrently a on accounts (id)', true))
  await look(visit.watched.page, server.ops)
  const done = call(server.ops, 'POST')
  await says(/^Under way/, /waiting for writers before build/)
  await release()
  expect(await done).toBe(200)
})

test('connection lost: says so and since when, keeps what it knew, and is back by itself, in the middle of a run too', async () => {
  visit.door = await openDoor({
    [names.accounts]: migrationOf('create table accounts (id int)'),
    [names.orders]: outsideTransaction('select pg_sleep(12)', true),
  })
  const between = await openFront()
  between.to(visit.door.server.ops)
  const { page } = visit.watched
  await look(page, between.url)
  await says('Schema', 'Behind by 2')
  const done = call(visit.door.server.ops, 'POST')
  await says('Running', '2 of 2')
  between.to(null)
  await page.getByText(/Connection lost: last seen (just now|\d+ s ago), next try in \d+ s/).waitFor()
  await page.getByText(/Connection lost: last seen \d+ s ago/).waitFor()
  await says('Running', '2 of 2')
  between.to(visit.door.server.ops)
  await page.getByText('Live', { exact: true }).waitFor()
  expect(await done).toBe(200)
  await says('Schema', 'Up to date')
  await between.close()
})

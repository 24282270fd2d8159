import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { migrationOf } from '../support/project.js'
import { root } from '../support/processes.js'
import { faultsOfAccess } from './axe.js'
import { launchBrowser, watchPage, type Watched } from './browser.js'
import { call, look, openDoor, type Door } from './door.js'
import { holder } from './holder.js'
import { names, outsideTransaction } from './sources.js'

/** Where the pictures go: a folder of the repository where one is named, else one that nobody keeps. */
const folder = process.env.SCREENSHOTS
  ? join(root, process.env.SCREENSHOTS)
  : mkdtempSync(join(tmpdir(), 'sallyport-pictures-'))

const schemes = ['light', 'dark'] as const
const narrow = { width: 390, height: 844 }

let browser: Browser
let door: Door
beforeAll(async () => {
  mkdirSync(folder, { recursive: true })
  browser = await launchBrowser()
  door = await openDoor({
    [names.accounts]: migrationOf('create table accounts (id int, name text)'),
    [names.orders]: migrationOf('create table orders (id int, account int)'),
  })
})
afterAll(async () => {
  await door.close()
  await browser.close()
})

/** The page in light and in dark: axe finds nothing, nothing leaves the sides, and there is a picture of each. */
async function looksRight(
  name: string,
  ready: (page: Page) => Promise<void>,
  more: Looked = {},
): Promise<void> {
  for (const colorScheme of schemes) {
    const watched = await watchPage(browser, { colorScheme, ...(more.narrow && { viewport: narrow }) })
    try {
      await looksRightIn(watched, `${name}-${colorScheme}.png`, ready, more)
    } finally {
      await watched.close()
    }
  }
}

interface Looked {
  readonly narrow?: boolean
  /** The picture holds the whole page, not what is seen at first. */
  readonly whole?: boolean
  /** Typed into the form. Default: the read secret. */
  readonly token?: string
}

async function looksRightIn(
  { page, faults }: Watched,
  file: string,
  ready: (page: Page) => Promise<void>,
  { token, whole = false }: Looked,
): Promise<void> {
  await look(page, door.server.ops, token)
  await ready(page)
  await page.screenshot({ path: join(folder, file), fullPage: whole })
  expect(await faultsOfAccess(page)).toEqual([])
  const beyond = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  )
  expect([beyond, faults]).toEqual([0, []])
}

const says = (page: Page, region: string | RegExp, text: string | RegExp) =>
  page.getByRole('region', { name: region, exact: true }).getByText(text).first().waitFor()

test('the form, after a wrong token', async () => {
  await looksRight('token', (page) => page.getByText('This token is not accepted.').waitFor(), {
    token: 'not-the-token-of-this-door',
  })
})

test('behind, with nothing in the history', async () => {
  await looksRight('behind', (page) => says(page, 'What to do', 'Apply'))
})

test('up to date, with a history that holds failures, a run opened', async () => {
  await call(door.server.ops, 'POST', '', {}, { 'x-actor': 'release pipeline', 'user-agent': 'curl/8.14.1' })
  await past(door)
  await looksRight(
    'up-to-date',
    async (page) => {
      await says(page, 'Schema', 'Up to date')
      await page.locator('summary').filter({ hasText: 'failed' }).first().click()
      await says(page, 'History', 'migration_failed')
    },
    { whole: true },
  )
})

test('a run that waits for somebody', async () => {
  const { server, project, database } = door
  project.write(names.index, migrationOf('create index by_account on orders (account)'))
  project.write(names.totals, migrationOf('alter table accounts add column total numeric'))
  const release = await holder(database.url, 'select id, name from accounts where id > 7')
  const done = call(server.ops, 'POST', '', {}, { 'x-actor': 'release pipeline' })
  await looksRight('waiting', (page) => says(page, 'What to do', 'nightly report'))
  await release()
  expect(await done).toBe(200)
})

test('a run under way', async () => {
  const { server, project } = door
  const slow = outsideTransaction('select pg_sleep(40)', true)
  project.write(
    names.invoices,
    outsideTransaction('create index concurrently if not exists i on orders (id)', true),
  )
  project.write('20260209090000_backfill_totals', slow)
  project.write('20260216090000_validate_totals', migrationOf('select 1'))
  const done = call(server.ops, 'POST', '', {}, { 'x-actor': 'release pipeline' })
  const ready = async (page: Page) => {
    await says(page, 'Running', '2 of 3')
    await says(page, 'History', '36 runs')
  }
  await looksRight('running', ready)
  await looksRight('narrow', ready, { narrow: true })
  expect(await done).toBe(200)
})

/** A history as six weeks leave it. */
async function past({ database }: Door): Promise<void> {
  await database.query(`insert into sallyport.runs (id, scope, status, release, actor, plan, applied, batch, lock_pid, started_at, ended_at, failure)
    select gen_random_uuid(), r.scope, s.status, '1.' || (3 - n / 12) || '.' || 11 - n % 12,
      case when n % 3 = 0 then r.actor else '{"credential":"boot"}'::jsonb end,
      jsonb_build_array(jsonb_build_object('name', s.name)),
      case when s.status = 'applied' then jsonb_build_array(jsonb_build_object('name', s.name, 'durationMs', n * 13)) else '[]'::jsonb end,
      35 - n, 0, s.at, s.at + (1 + n * 7919 % 97) * (n % 5 + 1) * interval '310 ms',
      case when s.status = 'failed' then jsonb_build_object('code', 'migration_failed', 'sqlState', '23505', 'migration', s.name,
        'rolledBack', jsonb_build_array(s.name), 'message', 'could not create unique index "accounts_email_key"',
        'detail', s.name || ' failed and was rolled back. Mend the migration or the data, then call again.') end
    from sallyport.runs r, generate_series(1, 34) n,
      lateral (select now() - n * interval '31 hours' as at) a,
      lateral (select a.at,
        case when n % 13 = 3 then 'failed' when n = 22 then 'interrupted' when n = 9 then 'cancelled' else 'applied' end as status,
        to_char(a.at, 'YYYYMMDD') || '090000_' || (array['add_email_to_accounts', 'index_orders_by_date', 'create_refunds',
          'drop_legacy_tokens', 'widen_order_totals', 'backfill_currencies', 'unique_account_emails'])[n % 7 + 1] as name) s`)
}

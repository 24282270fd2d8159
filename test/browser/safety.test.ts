import { eventually } from '../support/processes.js'
import { migrationOf } from '../support/project.js'
import { serverEnvironment, startServer } from '../support/server.js'
import { call, look, openDoor, readSecret } from './door.js'
import { inShell } from './shell.js'
import { names, outsideTransaction } from './sources.js'
import { visitForEach } from './visit.js'

const visit = visitForEach()

const region = (name: string) => visit.watched.page.getByRole('region', { name, exact: true })

const markup = `20260101_<img src=x onerror=alert(1)>`
const quotes = `20260102_it's "$(touch pwned)" \`id\` & co`
const turned = '20260103_\u202Etxt.exe\u202C_\u0007'

test('names, errors and user agents are text, whatever they hold', async () => {
  const shout = '<script>alert(1)</script><b>bold</b>'
  visit.door = await openDoor({
    [markup]: migrationOf('select 1'),
    [quotes]: migrationOf('select 1'),
    [turned]: migrationOf(`do $$ begin raise exception '${shout}'; end $$`),
  })
  const { page } = visit.watched
  await look(page, visit.door.server.ops)
  await region('Schema').getByText('Behind by 3').waitFor()
  await page.getByText(markup, { exact: true }).first().waitFor()
  await page.getByText('20260103_\\u{202e}txt.exe\\u{202c}_\\u{0007}', { exact: true }).first().waitFor()
  const agent = '<svg onload=alert(1)>'
  await call(
    visit.door.server.ops,
    'POST',
    '',
    {},
    { 'user-agent': agent, 'x-actor': '"><script>alert(2)</script>' },
  )
  await region('History').locator('summary').click()
  for (const text of [shout, agent]) await page.getByText(text).first().waitFor()
  expect(await page.locator('script').count()).toBe(1)
  expect(await page.locator('img, iframe, object, b, svg[onload]').count()).toBe(0)
})

test('a copied line does in a shell what it says, and nothing that is in a name', async () => {
  visit.door = await openDoor({ [quotes]: outsideTransaction('select pg_sleep(60)') })
  const { server, again, database, project } = visit.door
  void call(server.ops, 'POST').catch(() => undefined)
  const asleep = `select 1 from pg_stat_activity where datname = current_database() and state = 'active' and query like '%pg_sleep(60)%' and pid <> pg_backend_pid()`
  await eventually(async () => (await database.query(asleep)).length > 0)
  server.kill('SIGKILL')
  const next = await again()
  const { page } = visit.watched
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await look(page, next.ops)
  await page.getByRole('button', { name: 'Copy: It took effect in full' }).click()
  await page.getByRole('button', { name: 'Copy: It took effect in full' }).getByText('Copied').waitFor()
  const line = await page.evaluate(() => navigator.clipboard.readText())
  expect(line).toContain('$MIGRATION_SECRET')
  const stdout = await inShell(line, project.dir)
  expect(JSON.parse(stdout)).toMatchObject({ success: true, status: 'up_to_date' })
  await region('Schema').getByText('Up to date').waitFor()
  next.kill('SIGKILL')
})

test('without a clipboard, as over plain http, the line is copied the old way; where that fails, it is selected', async () => {
  visit.door = await openDoor({ [names.accounts]: migrationOf('select 1') })
  const { page } = visit.watched
  await page.addInitScript(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }))
  await look(page, visit.door.server.ops)
  const button = page.getByRole('button', { name: 'Copy: Apply' })
  await page.evaluate(() =>
    document.addEventListener('copy', () => Object.assign(window, { copied: getSelection()?.toString() })),
  )
  await button.click()
  await button.getByText('Copied').waitFor()
  const line = /^curl -sS .*"expect":"20260105090000_create_accounts"}'$/
  expect(await page.evaluate(() => (window as unknown as { copied: string }).copied)).toMatch(line)
  await page.evaluate(() => void Object.assign(document, { execCommand: () => false }))
  await button.click()
  await button.getByText('Selected').waitFor()
  expect(await page.evaluate(() => getSelection()?.toString())).toMatch(line)
})

test('a wrong token is told; the right one then opens; neither is kept, and a reload forgets', async () => {
  visit.door = await openDoor({ [names.accounts]: migrationOf('select 1') })
  const { page, hosts } = visit.watched
  await look(page, visit.door.server.ops, 'wrong-wrong-wrong')
  await page.getByRole('alert').getByText('This token is not accepted.').waitFor()
  await look(page, visit.door.server.ops)
  await region('Schema').getByText('Behind by 1').waitFor()
  const kept = await page.evaluate(async () => ({
    cookies: document.cookie,
    storage: localStorage.length + sessionStorage.length,
    databases: (await indexedDB.databases()).length,
    caches: (await caches.keys()).length,
    address: location.href,
  }))
  expect(kept).toEqual({
    cookies: '',
    storage: 0,
    databases: 0,
    caches: 0,
    address: `${visit.door.server.ops}/`,
  })
  expect((await page.context().cookies()).length).toBe(0)
  expect(await page.content()).not.toContain(readSecret)
  expect([...hosts]).toEqual([new URL(visit.door.server.ops).host])
  await page.reload()
  await page.getByLabel('Read secret').waitFor()
  expect(await page.getByLabel('Read secret').inputValue()).toBe('')
  await page.getByLabel('Read secret').fill(readSecret)
  await page.keyboard.press('Enter')
  await region('Schema').getByText('Behind by 1').waitFor()
  await page.getByRole('button', { name: 'Forget token' }).click()
  await page.getByLabel('Read secret').waitFor()
})

test('the page only looks: with the read secret it does all that it can, and sends nothing but GET', async () => {
  visit.door = await openDoor({ [names.accounts]: migrationOf('select 1') })
  const { page } = visit.watched
  const sent: string[] = []
  page.on('request', (request) => sent.push(request.method()))
  await look(page, visit.door.server.ops)
  await region('Schema').getByText('Behind by 1').waitFor()
  for (const button of await page.getByRole('button').all())
    if ((await button.textContent()) !== 'Forget token') await button.click()
  expect([...new Set(sent)]).toEqual(['GET'])
  expect(await visit.door.database.query("select 1 from pg_namespace where nspname = 'sallyport'")).toEqual(
    [],
  )
})

test('in production there is no page unless it is switched on', async () => {
  visit.door = await openDoor({ [names.accounts]: migrationOf('select 1') })
  const off = await startServer(serverEnvironment(visit.door.database.url), { cwd: visit.door.project.dir })
  const answer = await fetch(`${off.ops}/`)
  expect([answer.status, await answer.json()]).toEqual([404, expect.objectContaining({ code: 'not_found' })])
  off.kill('SIGKILL')
})

test('the first view is small: page, script, style and picture together', async () => {
  visit.door = await openDoor({ [names.accounts]: migrationOf('select 1') })
  const { page } = visit.watched
  const sizes = new Map<string, number>()
  page.on('requestfinished', (request) => {
    void request.sizes().then(({ responseBodySize, responseHeadersSize }) => {
      sizes.set(new URL(request.url()).pathname, responseBodySize + responseHeadersSize)
    })
  })
  await look(page, visit.door.server.ops)
  await region('Schema').getByText('Behind by 1').waitFor()
  await page.waitForLoadState('networkidle').catch(() => undefined)
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0)
  expect(sizes.size).toBeGreaterThanOrEqual(4)
  expect(total).toBeLessThan(60_000)
})

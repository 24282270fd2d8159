import { answers } from '../support/processes.js'
import { secret } from '../support/server.js'
import { freePort, openReader, tableMigration, type Reader } from './page.js'

let reader: Reader
beforeAll(async () => {
  reader = await openReader('docs/into-an-express-app.md', 'module')
  reader.host.write('migrations/20250101_accounts.js', tableMigration('module', 'accounts'))
})
afterAll(async () => reader.close())

test('the program of the page serves, migrates at its start, becomes ready, answers, and ends', async () => {
  const [program = ''] = reader.programs('app.js')
  const [, look = ''] = reader.commands()
  const [port, healthPort] = [await freePort(), await freePort()]
  const env = {
    ...reader.env,
    PORT: port,
    HEALTH_PORT: healthPort,
    MIGRATION_SECRET: secret,
    MIGRATION_ALLOWED_IPS: '127.0.0.1',
    BASE_URL: `http://127.0.0.1:${port}`,
    HEALTH_URL: `http://127.0.0.1:${healthPort}`,
  }
  reader.host.write('app.js', program)
  const app = reader.host.node(['app.js'], env)
  await app.printed(/^migrations: applied$/m)
  await answers(`${env.HEALTH_URL}/readyz`, 200)
  const looked = await reader.sh(look, env)
  expect([looked.code, looked.stderr()]).toEqual([0, ''])
  expect(looked.stdout()).toMatch(/"upToDate":\s*true[^]*"status":\s*"up_to_date"/)
  expect(await (await fetch(`${env.BASE_URL}/accounts`)).json()).toEqual([])
  expect((await fetch(`${env.BASE_URL}/api/migrate`, { method: 'POST' })).status).toBe(401)
  app.kill('SIGTERM')
  expect(await app.exit).toEqual({ code: 0, signal: null })
  expect(app.output()).not.toContain(secret)
}, 60_000)

test('the gates of the page guard a route by themselves', async () => {
  const [gates = ''] = reader.programs('gates.js')
  reader.host.write('gates.js', gates)
  reader.host.write(
    'internal.js',
    `import express from 'express'
import { internal } from './gates.js'
const server = express().use(internal).listen(Number(process.env.PORT), '127.0.0.1', () => console.log('listening'))
process.once('SIGTERM', () => server.close())
`,
  )
  const port = await freePort()
  const app = reader.host.node(['internal.js'], { ...reader.env, PORT: port, INTERNAL_SECRET: secret })
  await app.printed(/listening/)
  const report = (headers: Record<string, string>) => fetch(`http://127.0.0.1:${port}/report`, { headers })
  expect((await report({})).status).toBe(401)
  const admitted = await report({ authorization: `Bearer ${secret}` })
  expect([admitted.status, await admitted.json()]).toEqual([200, { rows: 42 }])
  app.kill('SIGTERM')
  expect((await app.exit).code).toBe(0)
}, 30_000)

import { openReader, freePort, type Reader } from './page.js'
import { answers } from '../support/processes.js'
import { secret } from '../support/server.js'

let reader: Reader
beforeAll(async () => {
  reader = await openReader('docs/tutorial.md', 'module')
})
afterAll(async () => reader.close())

test('the tutorial, from the first migration over one that fails to the list of runs', async () => {
  const [, , ship = '', fail = '', mend = '', knock = ''] = reader.commands()
  const [port, healthPort] = [await freePort(), await freePort()]
  const serving = { ...reader.env, PORT: port, HEALTH_PORT: healthPort, MIGRATION_ALLOWED_IPS: '127.0.0.1' }
  const env = { ...reader.env, MIGRATION_SECRET: secret, BASE_URL: `http://127.0.0.1:${port}` }
  reader.host.write('migrations/.keep', '')
  const server = reader.host.node(['node_modules/sallyport/dist/src/cli/main.js', 'serve'], {
    ...serving,
    MIGRATION_SECRET: secret,
  })
  const ready = () => answers(`http://127.0.0.1:${healthPort}/readyz`, 200)
  await ready()

  const notes = 'migrations/20260101090000_create_notes.js'
  reader.host.write(notes, reader.programs(notes)[0] ?? '')
  const shipped = (await reader.sh(ship, env)).stdout()
  expect(shipped).toMatch(/"status":\s*"planned"[^]*20260101090000_create_notes[^]*"status":\s*"applied"/)

  const author = 'migrations/20260102090000_add_author.js'
  const [slip = '', correction = ''] = reader.programs(author)
  reader.host.write(author, slip)
  expect((await reader.sh(fail, env)).stdout()).toMatch(
    /migration_failed[^]*relation \\"note\\" does not exist/,
  )
  await ready()

  reader.host.write(author, correction)
  const mended = (await reader.sh(mend, env)).stdout()
  expect(mended).toMatch(/"status":\s*"applied"[^]*20260102090000_add_author[^]*"runs"/)
  expect((await reader.sh(knock, env)).stdout()).toContain('"unauthorized"')
  server.kill('SIGTERM')
  expect((await server.exit).code).toBe(0)
}, 60_000)

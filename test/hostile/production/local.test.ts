import { authorised, secret, startProduction, type Production } from './rig.js'

let local: Production
beforeAll(async () => {
  local = await startProduction({ TRUSTED_PROXIES: '', MIGRATION_ALLOWED_IPS: '127.0.0.1' }, 'localhost')
})
afterAll(() => local.close())

const asked = (host: string, line = 'GET /api/migrate') => authorised(line).replace('door.example', host)

const foreign = [
  ...[
    'door.example',
    'evil.example:7080',
    'localhost.evil.example',
    'evil-localhost',
    'localhost.localdomain',
  ],
  ...['127.0.0.1.evil.example', '127.0.0.1.nip.io', '127.1', '2130706433', '0x7f.0.0.1', '0177.0.0.1'],
  ...['0.0.0.0', '0', '[::]', '[::127.0.0.1]', '[::ffff:10.0.0.1]', '10.0.0.1', '128.0.0.1'],
  ...['ip6-localhost', 'host.docker.internal', 'xn--lcalhost-24a', '.localhost.evil'],
]

test.each(foreign)('a name that could have been rebound to this machine is refused: %s', async (host) => {
  await local.refused(asked(host), 403)
  await local.nextCallWorks()
})

test.each(['GET /', 'GET /openapi.json', 'POST /api/migrate', 'GET /nowhere', 'OPTIONS *'])(
  'on every path: %s',
  (line) => local.refused(asked('evil.example', line), 403),
)

test.each([
  ['an absolute target', asked('localhost', 'GET http://evil.example/api/migrate')],
  ['a foreign Host beside an absolute target', asked('evil.example', 'GET http://localhost/api/migrate')],
  ['a host in a header that a proxy would set', asked('evil.example\r\nX-Forwarded-Host: localhost')],
])('%s is refused as well', async (_title, bytes) => {
  await local.refused(bytes, 403)
  await local.nextCallWorks()
})

test.each([
  ...['localhost', 'LOCALHOST:7080', '127.0.0.1', '127.0.0.1:80', '127.9.9.9', 'door.localhost'],
  ...['[::1]', '[::1]:7080', '[0:0:0:0:0:0:0:1]', '[::ffff:127.0.0.1]'],
])('a name of this machine is answered: %s', async (host) => {
  expect((await local.send(asked(host))).status).toBe(200)
})

const run = '/runs/0197a4c2-7d7e-7000-8000-00000000abcd'

test.each([
  ...['GET ', 'POST ', 'PUT ', 'OPTIONS ', 'GET /runs', 'GET /check', 'GET /plan', 'GET /nowhere'],
  ...[`GET ${run}`, `DELETE ${run}`, `GET ${run}/events`, `GET ${run}/outcome`],
])('the eleventh wrong token is throttled, and a right one clears the count: %s', async (call) => {
  const wrong = asked('localhost', call.replace(' ', ' /api/migrate')).replace(secret, 'wrong')
  for (let n = 0; n < 10; n += 1) await local.refused(wrong, 401)
  for (let n = 0; n < 2; n += 1) await local.refused(wrong, 429)
  await local.nextCallWorks()
  await local.refused(wrong, 401)
  await local.nextCallWorks()
})

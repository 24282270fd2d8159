import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkKinds } from '../../src/check/catalog.js'
import { networks, secretsOf } from '../hostile/rig.js'
import { lookAt, other, says, secret } from './rig.js'

const dir = mkdtempSync(join(tmpdir(), 'sallyport-check-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const ofTheEnvironment = [
  ...['secret_set', 'secret_distinct', 'secret_strong', 'secret_rotation', 'secret_files', 'no_fallback'],
  ...['separation_enforced', 'endpoint', 'allowlist', 'allowlist_file', 'tls', 'alerts'],
]

test('an environment as it should be passes every item of its own', async () => {
  const { item } = await lookAt({})
  expect(ofTheEnvironment.map((id) => [id, item(id)[0]])).toEqual(ofTheEnvironment.map((id) => [id, 'pass']))
})

test.each([
  ['secret_set', 'fail', { MIGRATION_SECRET: '' }, 'not set'],
  ['secret_set', 'fail', { MIGRATION_SECRET: 'no b64token: äöü' }, 'cannot be sent'],
  [
    'secret_set',
    'fail',
    { MIGRATION_SECRET: '', MIGRATION_SECRET_FILE: '/nowhere' },
    'MIGRATION_SECRET_FILE',
  ],
  ['secret_set', 'fail', { MIGRATION_SECRET_FILE: '/nowhere' }, 'both'],
  ['secret_distinct', 'fail', { NEXTAUTH_SECRET: secret }, 'NEXTAUTH_SECRET'],
  ['secret_distinct', 'fail', { MIGRATION_READ_SECRET: secret }, 'MIGRATION_READ_SECRET'],
  ['secret_distinct', 'fail', { PGPASSWORD: secret }, 'PGPASSWORD'],
  ['secret_distinct', 'warn', { MIGRATION_SECRET: '' }, 'Not known'],
  ['secret_distinct', 'pass', { NEXTAUTH_SECRET: '' }, 'was not compared with it'],
  ['secret_strong', 'fail', { MIGRATION_SECRET: 'changeme' }, 'shorter than 32'],
  ['secret_strong', 'warn', { MIGRATION_SECRET: 'changeme', NODE_ENV: 'staging' }, 'shorter than 32'],
  ['secret_strong', 'warn', { MIGRATION_SECRET: '' }, 'Not known'],
  [
    'secret_rotation',
    'warn',
    { MIGRATION_SECRET_PREVIOUS: 'p'.concat(other) },
    'only a running server or a file',
  ],
  ['no_fallback', 'pass', { MIGRATION_SECRET: '' }, 'Nothing authorises'],
  ['no_fallback', 'pass', { MIGRATION_SECRET_PREVIOUS: 'p'.concat(other) }, 'MIGRATION_SECRET_PREVIOUS'],
  ['separation_enforced', 'warn', { NODE_ENV: 'staging' }, 'NODE_ENV to production'],
  ['endpoint', 'pass', { MIGRATION_ENDPOINT: 'off' }, 'no endpoint'],
  ['endpoint', 'fail', { MIGRATION_ALLOWED_IPS: '0.0.0.0/1 128.0.0.0/1' }, 'sallyport migrate'],
  ['endpoint', 'warn', { MIGRATION_ALLOWED_IPS: '20.0.0.0/15' }, 'sallyport migrate'],
  ['allowlist', 'fail', { MIGRATION_ALLOWED_IPS: '' }, 'nobody'],
  ['allowlist', 'fail', { MIGRATION_ALLOWED_IPS: '0.0.0.0/1 128.0.0.0/1' }, '128.0.0.0/1'],
  ['allowlist', 'warn', { MIGRATION_ALLOWED_IPS: '20.0.0.0/15' }, '20.0.0.0/15'],
  ['allowlist', 'warn', { MIGRATION_ALLOWED_IPS: '20.0.0.0/16 4.0.0.0/24' }, '65792 public'],
  ['tls', 'warn', { TRUSTED_PROXIES: '' }, 'TLS_CERT_FILE'],
  ['tls', 'pass', { TRUSTED_PROXIES: '', HOST: '127.0.0.1' }, 'loopback'],
  ['tls', 'pass', { TRUSTED_PROXIES: '', TLS_CERT_FILE: 'c', TLS_KEY_FILE: 'k' }, 'speaks TLS'],
  ['alerts', 'warn', { SENTRY_DSN: '' }, 'SENTRY_DSN'],
] as const)('%s is %s with %j', async (id, status, env, text) => {
  expect((await lookAt(env)).item(id)).toEqual([status, says(text)])
})

test('without an endpoint neither secret nor allowlist is asked for', async () => {
  const { checklist } = await lookAt({
    MIGRATION_ENDPOINT: 'off',
    MIGRATION_SECRET: '',
    MIGRATION_ALLOWED_IPS: '',
  })
  const amiss = checklist.items.filter(({ id, status }) => ofTheEnvironment.includes(id) && status !== 'pass')
  expect(amiss).toEqual([])
})

test('a password that only the knexfile holds is compared as well', async () => {
  const { item } = await lookAt({}, undefined, { passwords: ['another', secret] })
  expect(item('secret_distinct')).toEqual(['fail', says('the password of the database')])
})

test('a rotation is in order for 7 days, by the age of its file or by what the process knows', async () => {
  const file = join(dir, 'previous')
  writeFileSync(file, `f${other}`)
  const env = { MIGRATION_SECRET_PREVIOUS_FILE: file }
  expect((await lookAt(env)).item('secret_rotation')).toEqual(['pass', says('when its file was written')])
  const eightDaysAgo = new Date(Date.now() - 8 * 86_400_000)
  utimesSync(file, eightDaysAgo, eightDaysAgo)
  expect((await lookAt(env)).item('secret_rotation')).toEqual(['fail', says(eightDaysAgo.toISOString())])
  const inUse = inUseSince(eightDaysAgo)
  const { item } = await lookAt({ MIGRATION_SECRET_PREVIOUS: `p${other}` }, undefined, { inUse })
  expect(item('secret_rotation')).toEqual(['fail', says('as this process knows')])
})

const inUseSince = (since: Date) => ({
  secrets: () => secretsOf({ previous: `p${other}` }),
  allowedIps: () => networks('20.0.0.0/15'),
  rotatingSince: () => since,
})

test('of a server, the list in use counts, not what a restart would find', async () => {
  const { item } = await lookAt({}, undefined, { inUse: inUseSince(new Date()) })
  expect(item('allowlist')).toEqual(['warn', says('20.0.0.0/15')])
})

test.each([
  ['allowlist', 'allowlist_file'],
  ['secret', 'secret_files'],
  ['tls', 'tls'],
] as const)('a changed %s file that is not in use fails, with since when and why', async (what, id) => {
  const since = '2026-03-01T10:00:00.000Z'
  const refusedReloads = { [what]: { since, why: ['entry 2 is malformed.'] } }
  const { item } = await lookAt({}, undefined, { refusedReloads })
  expect(item(id)).toEqual(['fail', says(`since ${since}`)])
  expect(item(id)[1]).toContain('entry 2 is malformed.')
})

test('what depends on a database that is away is not known, and never passed', async () => {
  const { checklist, item } = await lookAt({})
  const rest = Object.keys(checkKinds).filter(
    (id) => ![...ofTheEnvironment, 'database_reachable'].includes(id),
  )
  expect(item('database_reachable')[0]).toBe('fail')
  const unknown = checklist.items.filter((one) => one.unknown)
  expect(unknown.map(({ id }) => id)).toEqual(rest)
  expect(
    unknown.every(
      ({ status, detail, remedy }) => status === 'warn' && detail.startsWith('Not known: ') && remedy,
    ),
  ).toBe(true)
  expect(checklist.summary).toEqual({
    pass: ofTheEnvironment.length,
    warn: rest.length,
    fail: 1,
    unknown: rest.length,
  })
  expect(checklist.status).toBe('fail')
})

test('no item ever holds a secret', async () => {
  const weak = 'Tr0ub4dor.3'
  for (const env of [{}, { MIGRATION_SECRET: weak }, { NEXTAUTH_SECRET: secret }, { PGPASSWORD: secret }]) {
    const said = JSON.stringify((await lookAt(env, undefined, { passwords: [secret] })).checklist)
    for (const value of [secret, other, weak]) expect(said).not.toContain(value)
  }
})

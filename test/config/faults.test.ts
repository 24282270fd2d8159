import { found, good, load, write } from './rig.js'

const everythingWrong = {
  NODE_ENV: 'production',
  MIGRATION_SECRET: 'x y',
  DATABASE_URL: 'mysql://u:hunter2@h/db',
  MIGRATION_ALLOWED_IPS: '10.1.2.3/8\n0.0.0.0/0, 300.1.1.1',
  TRUSTED_PROXIES: '*',
  MIGRATION_WAIT: '50',
  PORT: '80a',
  CONSOLE: 'yes',
  SENTRY_DSN: 'nonsense',
  MIGRATON_BUDGET: '1m',
  TLS_CERT_FILE: 'tls.crt',
}

test('every problem is told at once, without quoting a confidential value', () => {
  expect(found(everythingWrong)).toEqual([
    'fatal secret_unsendable MIGRATION_SECRET',
    'error secret_weak MIGRATION_SECRET',
    'info other_secret_absent NEXTAUTH_SECRET',
    'fatal setting_malformed DATABASE_URL',
    'fatal setting_malformed MIGRATION_WAIT',
    'fatal setting_malformed MIGRATION_ALLOWED_IPS',
    'fatal setting_malformed MIGRATION_ALLOWED_IPS',
    'fatal setting_malformed MIGRATION_ALLOWED_IPS',
    'fatal setting_malformed TRUSTED_PROXIES',
    'fatal setting_malformed PORT',
    'fatal setting_malformed CONSOLE',
    'fatal setting_malformed SENTRY_DSN',
    'fatal setting_malformed TLS_KEY_FILE',
    'warning setting_unknown MIGRATON_BUDGET',
  ])
  expect(JSON.stringify(load(everythingWrong).issues)).not.toMatch(/hunter2|x y|nonsense/)
})

test.each(['development', 'test', 'staging', 'production'])('a malformed setting is fatal in %s', (name) => {
  expect(found({ ...good, NODE_ENV: name, MIGRATION_BUDGET: '1e9h' })).toEqual([
    'fatal setting_malformed MIGRATION_BUDGET',
  ])
})

test('a malformed CIDR is told with its position and what was probably meant, and admits nobody', () => {
  const { issues, settings } = load({ ...good, MIGRATION_ALLOWED_IPS: '10.0.0.0/8\n  10.1.2.3/8' })
  expect(issues[0]?.message).toMatch(/line 2, column 3: 10\.1\.2\.3\/8: .*did you mean 10\.0\.0\.0\/8\?/)
  expect(settings.allowedIps).toEqual([])
})

test('a malformed CIDR locally admits nobody, rather than loopback', () => {
  const env = { ...good, NODE_ENV: 'development', MIGRATION_ALLOWED_IPS: '::/0' }
  expect(load(env).settings.allowedIps).toEqual([])
})

test.each(['', ' ', '# nobody'])('that %j admits nobody is an error, and the process starts', (list) => {
  expect(found({ ...good, MIGRATION_ALLOWED_IPS: list })).toEqual([
    'error allowlist_empty MIGRATION_ALLOWED_IPS',
  ])
})

test.each(['MIGRATE_ON_BOOT', 'MIGRATION_WAIT', 'PORT', 'LOG_LEVEL', 'SALLYPORT_SCHEMA', 'HOST'])(
  'an empty %s is malformed: it does not silently become the default',
  (name) => {
    expect(found({ ...good, [name]: '' })).toEqual([`fatal setting_malformed ${name}`])
  },
)

test.each(['SENTRY_DSN', 'MIGRATION_DATABASE_URL', 'RELEASE', 'KNEXFILE', 'MIGRATION_SECRET_PREVIOUS'])(
  'an empty %s counts as not given',
  (name) => {
    expect(found({ ...good, [name]: '' })).toEqual([])
  },
)

test('the two ports differ, unless both are any free one', () => {
  expect(found({ ...good, PORT: '8080', HEALTH_PORT: '8080' })).toEqual([
    'fatal setting_malformed HEALTH_PORT',
  ])
  expect(found({ ...good, PORT: '0', HEALTH_PORT: '0' })).toEqual([])
})

test('a database is required, unless a knexfile may know one', () => {
  const env = { ...good, DATABASE_URL: undefined }
  expect(found(env)).toEqual(['fatal setting_missing DATABASE_URL'])
  expect(found({ ...env, MIGRATION_DATABASE_URL: 'postgres://h/db' })).toEqual([])
  write('knexfile.mjs', 'export const client = "pg"')
  expect(found(env)).toEqual([])
})

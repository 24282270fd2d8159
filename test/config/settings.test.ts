import { createCertificate } from '../support/certificate.js'
import { good, load, secret, write } from './rig.js'

describe('the settings of production', () => {
  test('have the defaults of the table', () => {
    const { settings, issues } = load(good)
    expect(issues).toEqual([])
    expect(settings).toMatchObject({
      environment: { name: 'production', mode: 'production', local: false },
      release: 'unknown',
      endpoint: true,
      migrateOnBoot: true,
      secrets: { current: secret, previous: undefined, read: undefined, usable: true },
      allowedIps: [
        { family: 4, address: '10.8.0.0', prefix: 16 },
        { family: 4, address: '203.0.113.7', prefix: 32 },
      ],
      allowedIpsFile: undefined,
      trustedProxies: [],
      databaseUrl: good.DATABASE_URL,
      knexfile: undefined,
      migrationsDir: undefined,
      lockTimeoutMs: 1_000,
      statementTimeoutMs: 0,
      budgetMs: 900_000,
      drift: 'warn',
      waitMs: 50_000,
      shutdownGraceMs: 25_000,
      schema: 'sallyport',
      ops: { host: '0.0.0.0', port: 7080 },
      health: { host: '0.0.0.0', port: 7081 },
      tls: undefined,
      console: false,
      sentryDsn: undefined,
      logLevel: 'info',
      logFormat: 'json',
    })
  })

  test('take what is given', () => {
    const { cert, key } = createCertificate('door')
    write('tls.crt', cert)
    write('tls.key', key)
    const { settings, issues } = load({
      ...good,
      MIGRATION_DATABASE_URL: 'postgres://ddl@db.internal/app',
      MIGRATION_WAIT: '0',
      MIGRATE_ON_BOOT: 'off',
      HOST: '10.0.0.5',
      HEALTH_PORT: '0',
      TLS_CERT_FILE: 'tls.crt',
      TLS_KEY_FILE: 'tls.key',
      RELEASE: '1.4.0',
    })
    expect(issues).toEqual([])
    expect(settings).toMatchObject({
      databaseUrl: 'postgres://ddl@db.internal/app',
      waitMs: 0,
      migrateOnBoot: false,
      ops: { host: '10.0.0.5', port: 7080 },
      health: { host: '10.0.0.5', port: 0 },
      tls: { certFile: 'tls.crt', keyFile: 'tls.key' },
      release: '1.4.0',
    })
  })

  test('are frozen through and through', () => {
    const frozen = (value: unknown): boolean =>
      typeof value !== 'object' ||
      value === null ||
      (Object.isFrozen(value) && Object.values(value).every(frozen))
    const { settings, issues } = load({ ...good, PORT: 'x' })
    expect(frozen(settings)).toBe(true)
    expect(frozen(issues)).toBe(true)
  })

  test('know every secret value, for redaction', () => {
    const env = { ...good, MIGRATION_READ_SECRET: 'short', AUTH_SECRET_2: 'another' }
    expect(load(env).settings.redact).toEqual(
      expect.arrayContaining([secret, good.NEXTAUTH_SECRET, 'short', 'another', 's3cret%40pw', 's3cret@pw']),
    )
  })

  test('take the release from package.json', () => {
    write('package.json', '{ "version": "2.3.4" }')
    expect(load(good).settings.release).toBe('2.3.4')
    write('package.json', '{ "version": 5')
    expect(load(good).settings.release).toBe('unknown')
  })
})

describe('the settings of local environments', () => {
  test('are loopback, console on, no database needed, one warning about the secret', () => {
    const { settings, issues } = load({ NODE_ENV: 'development' }, { terminal: true })
    expect(issues).toMatchObject([{ severity: 'warning', code: 'secret_missing' }])
    expect(settings).toMatchObject({
      ops: { host: '127.0.0.1' },
      health: { host: '127.0.0.1' },
      console: true,
      databaseUrl: undefined,
      logFormat: 'pretty',
      secrets: { usable: false, current: undefined },
      allowedIps: [
        { address: '127.0.0.0', prefix: 8 },
        { address: '::1', prefix: 128 },
      ],
    })
  })

  test('admit loopback, not nobody, when the allowlist holds comments only', () => {
    const env = { NODE_ENV: 'test', MIGRATION_SECRET: secret, MIGRATION_ALLOWED_IPS: ' # nobody yet' }
    expect(load(env).settings.allowedIps).toHaveLength(2)
  })

  test('do not reach staging', () => {
    const { settings, issues } = load({ NODE_ENV: 'staging' })
    expect(settings).toMatchObject({ ops: { host: '0.0.0.0' }, console: false, allowedIps: [] })
    expect(issues.map(({ code, severity }) => `${severity} ${code}`)).toEqual([
      'warning secret_missing',
      'fatal setting_missing',
      'error allowlist_empty',
    ])
  })
})

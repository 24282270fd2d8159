import type { EnvironmentVariables } from '../../config/environment.js'
import type { LoadOptions } from '../../config/load.js'
import { found, good, load, secret } from './rig.js'

test.each(['DATABASE_URL', 'MIGRATION_DATABASE_URL'])(
  'the secret may not be the password in %s, also percent-encoded',
  (name) => {
    const password = `${secret}/+`
    const url = `postgres://u:${encodeURIComponent(password)}@h/db`
    const { issues } = load({ ...good, MIGRATION_SECRET: password, [name]: url })
    expect(issues).toMatchObject([
      { severity: 'fatal', code: 'secret_not_distinct', variable: 'MIGRATION_SECRET' },
    ])
    expect(issues[0]?.message).toContain(`the password in ${name}`)
  },
)

test.each(['NEXTAUTH_SECRET', 'AUTH_SECRET', 'AUTH_SECRET_1', 'AUTH_SECRET_2', 'AUTH_SECRET_3'])(
  'the secret may not be %s',
  (name) => {
    expect(found({ ...good, [name]: secret })).toEqual(['fatal secret_not_distinct MIGRATION_SECRET'])
  },
)

test('the secret may not be PGPASSWORD, also encoded', () => {
  const PGPASSWORD = Buffer.from(secret).toString('base64')
  expect(found({ ...good, PGPASSWORD })).toEqual(['fatal secret_not_distinct MIGRATION_SECRET'])
  expect(found({ ...good, PGPASSWORD: '' })).toEqual([])
  expect(load({ ...good, PGPASSWORD: 'hunter2' }).settings.redact).toContain('hunter2')
})

test('without NEXTAUTH_SECRET there is nothing to compare with, which is said and no problem', () => {
  expect(found({ ...good, NEXTAUTH_SECRET: undefined })).toEqual(['info other_secret_absent NEXTAUTH_SECRET'])
})

test('a weak secret is fatal under the strict policy only', () => {
  const env = { ...good, MIGRATION_SECRET: 'too-short' }
  expect(found(env)).toEqual(['error secret_weak MIGRATION_SECRET'])
  expect(load(env).settings.secrets.usable).toBe(true)
  expect(found({ ...env, MIGRATION_SECRET_POLICY: 'strict' })).toEqual(['fatal secret_weak MIGRATION_SECRET'])
})

test('a disqualified previous secret closes the door, although the current one is in order', () => {
  const env = { ...good, NODE_ENV: 'staging', MIGRATION_SECRET_PREVIOUS: good.NEXTAUTH_SECRET }
  expect(found(env)).toEqual(['warning secret_not_distinct MIGRATION_SECRET_PREVIOUS'])
  expect(load(env).settings.secrets).toEqual({
    current: undefined,
    previous: undefined,
    read: undefined,
    usable: false,
  })
})

test.each<[string, EnvironmentVariables, Partial<LoadOptions>]>([
  ['MIGRATION_ENDPOINT=off', { MIGRATION_ENDPOINT: 'off' }, {}],
  ['the pipeline', {}, { purpose: 'pipeline' }],
])('%s asks neither for a secret nor for an allowlist', (_case, extra, options) => {
  const env = { ...good, ...extra, MIGRATION_SECRET: undefined, MIGRATION_ALLOWED_IPS: undefined }
  const { settings, issues } = load(env, options)
  expect(issues).toEqual([])
  expect(settings.secrets.usable).toBe(false)
})

test('while Next.js builds, nothing is looked at', () => {
  const { settings, issues } = load({
    NEXT_PHASE: 'phase-production-build',
    PORT: 'x',
    MIGRATION_SECRET_FILE: '/none',
  })
  expect(issues).toEqual([])
  expect(settings.environment.mode).toBe('build')
})

import knex, { type Knex } from 'knex'
import { bearerAuth, ipAllowlist, OptionsError, sallyport, type SallyportOptions } from '../../src/index.js'
import { previous, recordingLogger, secret } from '../hostile/rig.js'

const password = 'dbpassword.0123456789abcdef0123456789'
let database: Knex
beforeAll(() => {
  database = knex({ client: 'pg', connection: `postgres://app:${password}@127.0.0.1:1/app` })
})
afterAll(async () => database.destroy())

const good = (): SallyportOptions => ({ knex: database, secret, allowedIps: ['10.8.0.0/16'] })
const problemsOf = (options: object): readonly string[] => {
  try {
    sallyport(options as SallyportOptions)
    return []
  } catch (error) {
    expect(error).toBeInstanceOf(OptionsError)
    expect(String(error)).not.toMatch(
      new RegExp([secret, previous, password].join('|').replaceAll('.', '\\.')),
    )
    return (error as OptionsError).problems
  }
}

test('good options make a door that has opened nothing', async () => {
  const door = sallyport({ ...good(), otherSecrets: [undefined, ''], trustedProxies: [] })
  expect(Object.keys(door)).toEqual(['router', 'health', 'migrate', 'status', 'close'])
  await door.close()
})

test('networks are taken as boot returns them', async () => {
  const network = { family: 4, address: '10.8.0.0', prefix: 16 } as const
  await sallyport({ ...good(), allowedIps: [network], trustedProxies: [network] }).close()
  expect(problemsOf({ ...good(), allowedIps: [{ ...network, prefix: 0 }] })).toHaveLength(1)
})

test.each([undefined, null, 'secret', []])('%j in the place of options is refused by name', (options) => {
  const nothing = options as never
  for (const make of [sallyport, ipAllowlist, bearerAuth])
    expect(() => make(nothing)).toThrow(`${make.name}() was given wrong options:\n  - It takes one object`)
})

describe('misuse is refused when the door is made', () => {
  test.each([
    [
      'a misspelt option',
      { allowedIPs: ['10.8.0.0/16'] },
      '"allowedIPs" is no option. Did you mean "allowedIps"?',
    ],
    [
      'an option of another library',
      { whitelist: [] },
      expect.stringMatching(/^"whitelist" is no option\. The options are knex,/),
    ],
    [
      'Express’ trust proxy: true',
      { trustedProxies: true },
      expect.stringContaining('"trustedProxies" is to be an array'),
    ],
    [
      'a list as text',
      { allowedIps: '10.8.0.0/16' },
      expect.stringContaining('"allowedIps" is to be an array'),
    ],
    ['host bits', { allowedIps: ['10.8.0.1/16'] }, expect.stringContaining('Did you mean "10.8.0.0/16"?')],
    ['everybody', { allowedIps: ['0.0.0.0/0'] }, expect.stringContaining('"allowedIps[0]" is malformed')],
    [
      'everybody by IPv6',
      { trustedProxies: ['::ffff:10.0.0.0/8'] },
      expect.stringContaining('Did you mean "10.0.0.0/8"?'),
    ],
    ['a number for an address', { allowedIps: [167772160] }, '"allowedIps[0]" is to be a string.'],
    ['no knex', { knex: { client: 'pg' } }, expect.stringContaining('"knex" is to be a knex instance')],
    ['a console as logger', { logger: { log() {} } }, expect.stringContaining('"logger" is to have')],
    ['alerts that cannot be sent', { alerts: {} }, '"alerts" is to have a function named send.'],
    [
      'a duration with a unit',
      { waitMs: '50s' },
      expect.stringContaining('"waitMs" is to be a whole number'),
    ],
    ['a duration that is no number', { budgetMs: Number.NaN }, expect.stringContaining('"budgetMs"')],
    ['a negative duration', { lockTimeoutMs: -1 }, expect.stringContaining('"lockTimeoutMs"')],
    ['a drift that is none', { drift: 'ignore' }, '"drift" is to be "warn" or "refuse".'],
    ['a blank schema', { schema: ' ' }, expect.stringContaining('"schema"')],
    ['a secret that is no text', { secret: 42 }, '"secret" is to be a string.'],
    ['other secrets as text', { otherSecrets: previous }, '"otherSecrets" is to be an array of strings.'],
  ])('%s', (_, options, problem) => {
    expect(problemsOf({ ...good(), ...options })).toEqual([problem])
  })

  test('all of it at once', () => {
    expect(problemsOf({ allowedIps: ['x'], secret: 1, drif: 'warn' })).toHaveLength(4)
  })
})

describe('secrets', () => {
  const cases: [string, object][] = [
    ['missing', { secret: undefined }],
    ['blank', { secret: ' ' }],
    ['equal to another secret', { otherSecrets: [secret] }],
    ['equal to another secret in base64', { otherSecrets: [Buffer.from(secret).toString('base64')] }],
    ['equal to the database’s password', { secret: password }],
    ['equal to the previous one', { previousSecret: secret }],
    ['equal to the read secret', { readSecret: secret }],
    ['impossible to send', { secret: `${secret}\n` }],
  ]

  test.each(cases)('%s: refused in production, which is the default', (_, options) => {
    expect(problemsOf({ ...good(), ...options }).length).toBeGreaterThan(0)
    expect(problemsOf({ ...good(), ...options, environment: 'prod' }).length).toBeGreaterThan(0)
  })

  test.each(cases)('%s: a warning in development', async (_, options) => {
    const { logger, logged } = recordingLogger()
    const door = sallyport({ ...good(), ...options, logger, environment: 'development' })
    expect(logged()).toContain('"level":"warn"')
    for (const value of [secret, password]) expect(logged()).not.toContain(value)
    await door.close()
  })

  test('weak: an error line, or refused under the strict policy', async () => {
    const { logger, logged } = recordingLogger()
    await sallyport({ ...good(), secret: 'short', logger }).close()
    expect(logged()).toContain('"code":"secret_weak"')
    expect(problemsOf({ ...good(), secret: 'short', secretPolicy: 'strict' })).toHaveLength(1)
  })
})

test('an empty allowlist is an error line', async () => {
  const { logger, logged } = recordingLogger()
  await sallyport({ ...good(), allowedIps: [], logger }).close()
  expect(logged()).toMatch(/"level":"error".*nobody is admitted/)
})

test('a database that is not there is a value, not an exception', async () => {
  const door = sallyport(good())
  expect(await door.status()).toMatchObject({ status: 'failed', code: 'database_unavailable' })
  await door.close()
})

test('misuse is refused when a gate is made', () => {
  expect(() => ipAllowlist({ allowedIps: ['10.0.0.0/8'], trustProxy: true } as never)).toThrow(
    'Did you mean "trustedProxies"?',
  )
  expect(() => ipAllowlist({} as never)).toThrow('"allowedIps" is to be an array')
  expect(() => bearerAuth({ secrets: [secret] } as never)).toThrow('Did you mean "secret"?')
})

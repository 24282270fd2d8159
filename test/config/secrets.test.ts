import { randomBytes, randomUUID } from 'node:crypto'
import { judgeSecrets, secretsUsable, type SecretsToJudge } from '../../config/secrets.js'
import { sameSecret } from '../../config/secret-forms.js'
import { weakness } from '../../config/secret-strength.js'

const fresh = () => randomBytes(32).toString('hex')
const production = { enforced: true, strict: false }
const strict = { enforced: true, strict: true }
const lenient = { enforced: false, strict: false }

interface Given {
  readonly current?: string
  readonly previous?: string
  readonly read?: string
  readonly others?: Readonly<Record<string, string>>
}

function secrets({ current, previous, read, others = {} }: Given): SecretsToJudge {
  const named = (name: string, value: string | undefined) =>
    value === undefined ? undefined : { name, value }
  return {
    current: named('MIGRATION_SECRET', current),
    previous: named('MIGRATION_SECRET_PREVIOUS', previous),
    read: named('MIGRATION_READ_SECRET', read),
    others: Object.entries(others).map(([name, value]) => ({ name, value })),
  }
}

describe('secrets by the rules of a start', () => {
  const one = fresh()
  const two = fresh()

  test.each<[string, Given, string[]]>([
    ['a fresh one', { current: one }, []],
    ['three fresh ones', { current: one, previous: two, read: fresh() }, []],
    ['none', {}, ['secret_missing']],
    ['an empty one', { current: '' }, ['secret_missing']],
    ['a blank one', { current: ' \t\n' }, ['secret_missing']],
    ['only a previous one', { previous: one }, ['secret_missing']],
    ['a blank previous one', { current: one, previous: '  ' }, []],
    ['equal to NEXTAUTH_SECRET', { current: one, others: { NEXTAUTH_SECRET: one } }, ['secret_not_distinct']],
    [
      'equal to NEXTAUTH_SECRET but for a line break',
      { current: one, others: { NEXTAUTH_SECRET: `${one}\n` } },
      ['secret_not_distinct'],
    ],
    [
      'distinct from every other',
      { current: one, others: { NEXTAUTH_SECRET: two, AUTH_SECRET_3: fresh() } },
      [],
    ],
    ['current equal to previous', { current: one, previous: one }, ['secret_not_distinct']],
    [
      'previous equal to another',
      { current: one, previous: two, others: { AUTH_SECRET: two } },
      ['secret_not_distinct'],
    ],
    ['read equal to current', { current: one, read: one }, ['secret_not_distinct']],
    [
      'read equal to another',
      { current: one, read: two, others: { AUTH_SECRET_1: two } },
      ['secret_not_distinct'],
    ],
    ['with a space within', { current: `${one} ${two}` }, ['secret_unsendable']],
    ['with a space behind', { current: `${one} ` }, ['secret_unsendable']],
    ['with a carriage return', { current: `${one}\r` }, ['secret_unsendable']],
    ['with a quote', { current: `"${one}"` }, ['secret_unsendable']],
    ['with é', { current: `${one}é` }, ['secret_unsendable']],
    ['with = in the middle', { current: `${one}=x` }, ['secret_unsendable']],
    ['with = at the end', { current: `${one}==` }, []],
    ['longer than headers may be', { current: randomBytes(5_000).toString('hex') }, ['secret_unsendable']],
    ['of 31 characters', { current: one.slice(0, 31) }, ['secret_weak']],
    ['of 32 characters', { current: one.slice(0, 32) }, []],
  ])('%s', (_case, given, codes) => {
    const issues = judgeSecrets(secrets(given), production)
    expect(issues.map(({ code }) => code)).toEqual(codes)
  })

  test('disqualified is fatal in production and a warning elsewhere, and closes the door in both', () => {
    const given = secrets({ current: one, others: { NEXTAUTH_SECRET: one } })
    expect(judgeSecrets(given, production)).toMatchObject([
      { severity: 'fatal', variable: 'MIGRATION_SECRET' },
    ])
    expect(judgeSecrets(given, lenient)).toMatchObject([{ severity: 'warning' }])
    expect(secretsUsable(judgeSecrets(given, lenient))).toBe(false)
  })

  test('weak is an error in production, fatal under the strict policy, a warning elsewhere, and opens the door', () => {
    const given = secrets({ current: 'correct-horse-battery' })
    expect(judgeSecrets(given, production)).toMatchObject([{ severity: 'error' }])
    expect(judgeSecrets(given, strict)).toMatchObject([{ severity: 'fatal' }])
    expect(judgeSecrets(given, { enforced: false, strict: true })).toMatchObject([{ severity: 'warning' }])
    expect(secretsUsable(judgeSecrets(given, production))).toBe(true)
  })

  test('every problem of every secret is told at once, and none quotes a value', () => {
    const given = {
      current: 'short one',
      previous: 'short one',
      read: 'changeme',
      others: { AUTH_SECRET: 'changeme' },
    }
    const issues = judgeSecrets(secrets(given), production)
    expect(issues.length).toBeGreaterThanOrEqual(7)
    for (const value of ['short one', 'changeme']) expect(JSON.stringify(issues)).not.toContain(value)
  })
})

describe('two secrets are one', () => {
  const raw = randomBytes(32)
  const text = fresh()

  test.each([
    ['when equal', text, text],
    ['when equal after trimming', ` ${text}\t`, `${text}\r\n`],
    ['when one is the base64 of the other', text, Buffer.from(text).toString('base64')],
    [
      'when one is the base64 of the other and a line break',
      text,
      Buffer.from(`${text}\n`).toString('base64'),
    ],
    [
      'when one is the base64 of the other in lines of 76 characters, as `base64` writes it',
      text,
      `${Buffer.from(text).toString('base64').replace(/.{76}/, '$&\n')}\n`,
    ],
    [
      'when one is the base64 of the other in lines of 64, as `openssl base64` writes it on Windows',
      text,
      Buffer.from(`${text}\r\n`).toString('base64').replace(/.{64}/, '$&\r\n'),
    ],
    [
      'when one is the unpadded base64 of the other',
      `${text}x`,
      Buffer.from(`${text}x`).toString('base64').replace(/=+$/, ''),
    ],
    ['when one is the base64url of the other', `${text}?>~`, Buffer.from(`${text}?>~`).toString('base64url')],
    ['when one is the hex of the other', text, Buffer.from(text).toString('hex')],
    ['when one is the upper-case hex of the other', text, Buffer.from(text).toString('hex').toUpperCase()],
    ['when both encode the same bytes, in hex and base64', raw.toString('hex'), raw.toString('base64')],
    [
      'when both encode the same bytes, in base64url and base64',
      raw.toString('base64url'),
      raw.toString('base64'),
    ],
  ])('%s', (_case, a, b) => {
    expect(sameSecret(a, b)).toBe(true)
    expect(sameSecret(b, a)).toBe(true)
  })

  test.each([
    ['when they differ', text, fresh()],
    ['when they differ in the last letter', `${text}a`, `${text}b`],
    ['when one is a prefix of the other', text, `${text}0`],
    ['when a lenient decoder would skip what differs', 'ab!cd', 'abcd'],
    [
      'when a lenient decoder would drop the bits that differ',
      `${text.slice(0, 41)}1`,
      `${text.slice(0, 41)}2`,
    ],
    ['when both are blank', ' ', ''],
  ])('but not %s', (_case, a, b) => {
    expect(sameSecret(a, b)).toBe(false)
  })
})

describe('a secret is weak', () => {
  test.each([
    'x',
    'correct-horse-battery-staple-31',
    'a'.repeat(32),
    'abcd'.repeat(8),
    'abcd'.repeat(16),
    '0123456789abcdef'.repeat(4),
    'abcdefghijklmnopqrstuvwxyz0123456789',
    '0'.repeat(63) + '1',
    'a1'.repeat(16) + 'b2'.repeat(16),
    'changeme-changeme-in-production-please',
    'your-secret-here-0123456789abcdefghij',
    'CHANGE_ME_7f3a9c1e5b2d8f4a6c0e9b3d7f1a5c2e',
    'replace-this-with-openssl-rand-hex-32',
  ])('%s', (text) => {
    expect(weakness(text)).toBeDefined()
  })

  test('but no UUID is, and nothing made by openssl rand', () => {
    for (let round = 0; round < 2_000; round += 1) {
      expect(weakness(randomUUID())).toBeUndefined()
      expect(weakness(fresh())).toBeUndefined()
      expect(weakness(randomBytes(32).toString('base64'))).toBeUndefined()
    }
  })
})

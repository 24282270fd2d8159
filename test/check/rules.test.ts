import { databaseTimeouts, databaseVersion } from '../../src/check/database.js'
import { noFallback } from '../../src/check/secrets.js'
import type { Configuration } from '../../src/check/configuration.js'
import type { Inspection } from '../../src/postgres/inspection.js'

const versions = { oldest: 14, newest: 18 }
const server = (version: string, versionNumber: number) =>
  ({
    server: { version, versionNumber, schema: 'public', direct: true, readOnly: false },
  }) as unknown as Inspection

test.each([
  ['13.22', 130_022, 'fail'],
  ['14.0', 140_000, 'pass'],
  ['18.4', 180_004, 'pass'],
  ['19beta1', 190_000, 'warn'],
] as const)('PostgreSQL %s is %s', (version, number, status) => {
  const found = databaseVersion(server(version, number), versions)
  expect([found.status, found.detail]).toEqual([status, expect.stringContaining(version)])
})

test.each([
  [true, 'pass', {}],
  [false, 'warn', { remedy: expect.stringContaining('transaction_timeout = 0') }],
] as const)('a transaction_timeout is lifted by a run; direct: %s', (direct, status, rest) => {
  const role = { name: 'app', timeouts: [{ name: 'transaction_timeout', ms: 5000, source: 'user' }] }
  const { server: facts } = server('18.4', 180_004)
  const found = databaseTimeouts({ server: { ...facts, direct }, role } as unknown as Inspection)
  expect(found).toMatchObject({ status, ...rest })
})

test('a credential that stood in for the secret would fail', () => {
  const names = { secret: 'MIGRATION_SECRET', previous: 'MIGRATION_SECRET_PREVIOUS' }
  const facts = { endpoint: true, names, secrets: { authorise: ['MIGRATION_SECRET', 'NEXTAUTH_SECRET'] } }
  expect(noFallback(facts as unknown as Configuration)).toMatchObject({
    status: 'fail',
    detail: 'NEXTAUTH_SECRET would authorise too.',
  })
})

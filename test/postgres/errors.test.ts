import { faultOf, isConnectionLoss, keepElapsed, noteTimeLimit } from '../../src/postgres/errors.js'

const pgError = (code: string, message = 'as the server said it') =>
  Object.assign(new Error(message), { code, severity: 'ERROR', detail: 'Key (name)=(secret) exists.' })

test.each([
  ['08006', 'unavailable'],
  ['53300', 'unavailable'],
  ['57P01', 'unavailable'],
  ['57P03', 'unavailable'],
  ['25006', 'unavailable'],
  ['28P01', 'misconfigured'],
  ['28000', 'misconfigured'],
  ['3D000', 'misconfigured'],
  ['42501', 'misconfigured'],
  ['55P03', 'retryable'],
  ['40P01', 'retryable'],
  ['40001', 'retryable'],
  ['23505', 'statement'],
  ['42P07', 'statement'],
])('SQLSTATE %s is %s', (code, kind) => {
  expect(faultOf(pgError(code))).toEqual({ kind, sqlState: code, message: 'as the server said it' })
})

test('a cancelled statement is told from one that outlasted its timeout', () => {
  expect(faultOf(pgError('57014', 'canceling statement due to statement timeout')).kind).toBe('timeout')
  expect(faultOf(pgError('57014', 'canceling statement due to user request')).kind).toBe('cancelled')
})

test('in another language it is told by the time that it took, and only where a limit was set', () => {
  const cancelled = (ms: number, limitMs: number) => {
    const error = pgError('57014', 'la requête a été annulée')
    keepElapsed(error, ms)
    noteTimeLimit(error, limitMs)
    return faultOf(error).kind
  }
  expect([cancelled(1_004, 1_000), cancelled(400, 1_000), cancelled(1_004, 0)]).toEqual([
    'timeout',
    'cancelled',
    'cancelled',
  ])
})

test('a file that is not there is named, and is nothing that waiting mends', () => {
  const text = "ENOENT: no such file or directory, open '/etc/ca.pem'"
  const ofFile = { code: 'ENOENT', syscall: 'open', path: '/etc/ca.pem' }
  expect(faultOf(Object.assign(new Error(text), ofFile))).toMatchObject({
    kind: 'misconfigured',
    message: text,
  })
  const ofSocket = { code: 'ENOENT', syscall: 'connect', address: '/run/.s.PGSQL.5432' }
  expect(faultOf(Object.assign(new Error(text), ofSocket))).toMatchObject({
    kind: 'unavailable',
    message: 'ENOENT at /run/.s.PGSQL.5432',
  })
})

test('an error of somebody’s own keeps its words though it has a code', () => {
  const error = Object.assign(new Error('the vault is closed'), { code: 'E_VAULT' })
  expect(faultOf(error)).toMatchObject({ kind: 'statement', message: 'the vault is closed' })
})

test('Node’s own codes are no SQLSTATE', () => {
  const error = Object.assign(new Error('connect'), { code: 'EPIPE', address: '127.0.0.1', port: 5432 })
  expect(faultOf(error)).toEqual({
    kind: 'unavailable',
    sqlState: undefined,
    message: 'EPIPE at 127.0.0.1:5432',
  })
})

test('of a host with several addresses the first refusal is told', () => {
  const each = [1, 2].map((n) =>
    Object.assign(new Error('no'), { code: 'ECONNREFUSED', address: `::${n}`, port: 1 }),
  )
  expect(faultOf(new AggregateError(each))).toMatchObject({
    kind: 'unavailable',
    message: 'ECONNREFUSED at ::1:1',
  })
})

test('what is thrown and is no error is one all the same', () => {
  for (const thrown of ['text', undefined, null, 5, {}]) expect(faultOf(thrown).kind).toBe('statement')
})

test.each([
  `insert into "a" ("b") values ('secret') - duplicate key`,
  `/* why */ select 'secret' - duplicate key`,
  `ROLLBACK - duplicate key`,
])('the statement that knex puts before the message is left out: %s', (message) => {
  expect(faultOf(pgError('23505', message)).message).toBe('duplicate key')
})

test('a lost connection is told from a user’s own error that reads like one', () => {
  expect(isConnectionLoss(new Error('Connection terminated unexpectedly'))).toBe(true)
  expect(
    isConnectionLoss(new Error('ROLLBACK - Client has encountered a connection error and is not queryable')),
  ).toBe(true)
  expect(isConnectionLoss(pgError('57P01'))).toBe(true)
  expect(isConnectionLoss(new Error('the account was closed after a timeout'))).toBe(false)
})

import { kinds } from '../../config/kinds.js'
import type { Parsed } from '../../config/parse/parser.js'
import { urlPasswords } from '../../config/parse/url.js'

const problemsOf = (parsed: Parsed<unknown>): readonly string[] =>
  'problems' in parsed ? parsed.problems : []

const problem = (text: string): string | undefined => problemsOf(kinds.url.parse(text))[0]

describe('a database URL', () => {
  test.each([
    'postgres://u:p@h:5432/db',
    'postgresql://u:p%40%3A%2F%3F%23%25@h/db',
    'postgres://u@h/db?sslmode=verify-full',
    'postgres://u:p@h/db?sslmode=no-verify',
    'postgres:///db?host=/var/run/postgresql',
    'postgres://u:p@ss@h/db',
    'postgres://u:p@[::1]:5432/db',
  ])('%s is accepted', (text) => {
    expect(problem(text)).toBeUndefined()
  })

  test.each([
    ['mysql://u:hunter2@h/db', /begin with postgres/],
    ['hunter2', /begin with postgres/],
    ['postgres://u:hunter2/x@h/db', /percent-encode/],
    ['postgres://u:12/hunter2@h/db', /percent-encode/],
    ['postgres://u:hunter2#x@h/db', /percent-encode/],
    ['postgres://u:12#hunter2@h/db', /percent-encode/],
    ['postgres://u:hunter2?x@h/db', /percent-encode/],
    ['postgres://u:hunter2%zz@h/db', /%25/],
    ['postgres://u:hunter2 @h/db', /white space/],
    ['postgres://u:hunter2@h:99999/db', /percent-encode/],
    ['postgres://u:hunter2@h/db?sslmode=sure', /sslmode/],
    ['postgres://u:hunter2@h/db?sslmode=allow', /sslmode/],
  ])('%s is refused with a reason that does not quote it', (text, reason) => {
    expect(problem(text)).toMatch(reason)
    expect(problem(text)).not.toContain('hunter2')
  })
})

describe('the passwords in a database URL', () => {
  test.each([
    ['postgres://u:pw@h/db', ['pw']],
    ['postgres://u:p%40ss@h/db', ['p%40ss', 'p@ss']],
    ['postgres://u@h/db?password=p%2Fw', ['p%2Fw', 'p/w']],
    ['postgres://u@h/db?password=first&sslmode=require&password=last', ['first', 'last']],
    ['postgres://u@h/db?%70assword=pw&passwords=x', ['pw']],
    ['postgres://u:pw@h/db?password=pw2', ['pw', 'pw2']],
    ['postgres://u:pw@h/db?application_name=a@b', ['pw']],
    ['postgres://u:p#w@h/db', ['p#w']],
    ['postgres://u:p/w?x@h/db', ['p/w?x']],
    ['postgres://u:bad%zz@h/db', ['bad%zz']],
    ['postgres://u@h/db', []],
    ['', []],
  ])('%s: %j', (text, passwords) => {
    expect(urlPasswords(text)).toEqual(passwords)
  })
})

describe('a Sentry DSN', () => {
  test.each(['https://key@o1.ingest.sentry.io/42', 'http://key@127.0.0.1:9000/1', 'https://key@host/path/7'])(
    '%s is accepted',
    (text) => {
      expect(problemsOf(kinds.sentryDsn.parse(text))).toEqual([])
    },
  )

  test.each([
    'https://host/42',
    'https://key@host/',
    'key@host/1',
    'ftp://key@host/1',
    'nonsense',
    'https://key@host/x',
  ])('%s is refused', (text) => {
    expect(problemsOf(kinds.sentryDsn.parse(text))).toHaveLength(1)
  })
})

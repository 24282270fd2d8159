import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createCertificate } from '../support/certificate.js'
import { found, good, load, place, write } from './rig.js'

const one = createCertificate('one')
const two = createCertificate('two')
const files = { TLS_CERT_FILE: 'tls.crt', TLS_KEY_FILE: 'tls.key' }

beforeEach(() => {
  write('tls.crt', one.cert)
  write('tls.key', one.key)
})

test('a certificate and its key are taken, a chain and the marks of another editor too', () => {
  expect(found({ ...good, ...files })).toEqual([])
  write('tls.crt', `\uFEFF${one.cert}\r\n${two.cert}`)
  expect(found({ ...good, ...files })).toEqual([])
})

test.each<[string, (path: string) => unknown, RegExp]>([
  ['missing', () => undefined, /does not exist/],
  ['a directory', (path) => mkdirSync(path), /is a directory/],
  ['a FIFO that nobody writes to', (path) => execFileSync('mkfifo', [path]), /is not a regular file/],
  ['empty', (path) => write(path.slice(path.lastIndexOf('/') + 1), ''), /is empty/],
  ['larger than a MiB', () => write('other', 'x'.repeat(1024 * 1025)), /is larger than 1024 KiB/],
])('a file that is %s is fatal at the start, and is not waited for', (_case, make, reason) => {
  make(join(place.cwd, 'other'))
  for (const name of ['TLS_CERT_FILE', 'TLS_KEY_FILE']) {
    const { issues } = load({ ...good, ...files, [name]: 'other' })
    expect(issues).toMatchObject([{ severity: 'fatal', code: 'setting_unreadable', variable: name }])
    expect(issues[0]?.message).toMatch(reason)
  }
})

test('a file without an end is not read to its end', () => {
  expect(found({ ...good, TLS_CERT_FILE: '/dev/zero', TLS_KEY_FILE: '/dev/zero' })).toEqual([
    'fatal setting_unreadable TLS_CERT_FILE',
    'fatal setting_unreadable TLS_KEY_FILE',
  ])
})

test.each([
  ['that does not fit', one.cert, two.key],
  ['that is none', one.cert, 'no key'],
  ['of a certificate that is none', 'no certificate', one.key],
])('a key %s is told with every other problem, and nothing of it is quoted', (_case, cert, key) => {
  write('tls.crt', cert)
  write('tls.key', key)
  const env = { ...good, ...files, PORT: '80a' }
  expect(found(env)).toEqual(['fatal setting_malformed PORT', 'fatal setting_malformed TLS_KEY_FILE'])
  expect(JSON.stringify(load(env).issues)).not.toMatch(/PRIVATE|no key|no certificate/)
})

test('where nothing listens, they are not looked at', () => {
  const env = { ...good, TLS_CERT_FILE: 'nowhere', TLS_KEY_FILE: 'nowhere' }
  expect(found({ ...env, MIGRATION_ENDPOINT: 'off' })).toEqual([])
  expect(found(env, { purpose: 'pipeline' })).toEqual([])
})

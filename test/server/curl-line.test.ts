import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { curlLine } from '../../src/server/curl-line.js'

const secret = 'f00f~._-+/f00ff00ff00ff00ff00ff00f=='
let dir: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "sallyport it's-"))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

/** What a shell makes of the pasted line, with `printf` in the place of curl. */
function pasted(line: string, env: Record<string, string> = {}): string {
  const script = `curl() { printf '%s\\n' "$@"; }\n${line}`
  return execFileSync('sh', ['-c', script], { encoding: 'utf8', env: { PATH: process.env.PATH, ...env } })
}

const url = 'http://127.0.0.1:7080/api/migrate'
const expected = [
  '-sS',
  '--fail-with-body',
  '-X',
  'POST',
  url,
  '-H',
  `Authorization: Bearer ${secret}`,
  '',
].join('\n')

test.each([
  ['plain', `# comment\nMIGRATION_SECRET=${secret}\nMIGRATION_READ_SECRET=other\n`],
  ['in double quotes', `MIGRATION_SECRET="${secret}"\n`],
  ['in single quotes', `MIGRATION_SECRET='${secret}'\n`],
  ['exported, with a comment', `export MIGRATION_SECRET = ${secret} # mine\n`],
  ['with the line ends of Windows', `A=1\r\nMIGRATION_SECRET=${secret}\r\n`],
])('reads a secret that is %s in .env.local and does not show it', (_form, text) => {
  writeFileSync(join(dir, '.env.local'), text)
  const line = curlLine({ secret, url, dir })
  expect(line).not.toContain(secret)
  expect(pasted(line)).toBe(expected)
})

test('reads the secret from .env where .env.local has none', () => {
  writeFileSync(join(dir, '.env.local'), 'OTHER=1\n')
  writeFileSync(join(dir, '.env'), `MIGRATION_SECRET=${secret}\n`)
  expect(pasted(curlLine({ secret, url, dir }))).toBe(expected)
})

test('reads the secret from the file that MIGRATION_SECRET_FILE names', () => {
  const secretFile = join(dir, 'secret')
  writeFileSync(secretFile, `${secret}\n`)
  expect(pasted(curlLine({ secret, url, dir, secretFile }))).toBe(expected)
})

test('takes the variable when the secret came from the environment, though a file has another', () => {
  writeFileSync(join(dir, '.env.local'), 'MIGRATION_SECRET=another\n')
  expect(pasted(curlLine({ secret, url, dir }), { MIGRATION_SECRET: secret })).toBe(expected)
})

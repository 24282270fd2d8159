import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EnvironmentVariables } from '../../config/environment.js'
import { found, good, load, place, secret, write } from './rig.js'

describe('a value from a file', () => {
  const withFile = (path: string, extra: EnvironmentVariables = {}): EnvironmentVariables => ({
    ...good,
    MIGRATION_SECRET: undefined,
    MIGRATION_SECRET_FILE: path,
    ...extra,
  })

  test('is read without its trailing line breaks, through the links that Kubernetes makes', () => {
    write('..data', `${secret}\n\n`)
    symlinkSync('..data', join(place.cwd, 'secret'))
    expect(load(withFile('secret'))).toMatchObject({ issues: [], settings: { secrets: { current: secret } } })
  })

  test('is refused beside the value itself', () => {
    const env = withFile(write('s', secret), { MIGRATION_SECRET: secret })
    expect(found(env)).toEqual(['fatal secret_ambiguous MIGRATION_SECRET'])
  })

  test.each<[string, (path: string) => void]>([
    ['missing', () => undefined],
    ['a directory', (path) => mkdirSync(path)],
    ['empty', (path) => writeFileSync(path, '')],
    ['only a line break', (path) => writeFileSync(path, '\n')],
    ['larger than 64 KiB', (path) => writeFileSync(path, 'x'.repeat(65 * 1024))],
    ['binary', (path) => writeFileSync(path, Buffer.from([1, 0, 2]))],
    ['not UTF-8', (path) => writeFileSync(path, Buffer.from([0xff, 0xfe, 0x41]))],
    ['a link to itself', (path) => symlinkSync(path, path)],
  ])('is refused when the file is %s, without quoting what may be a misplaced secret', (_case, make) => {
    const path = join(place.cwd, 'hunter2-instead-of-a-path')
    make(path)
    expect(found(withFile(path))).toEqual(['fatal secret_unreadable MIGRATION_SECRET'])
    const { issues, settings } = load(withFile(path, { NODE_ENV: 'test' }))
    expect(issues).toMatchObject([{ severity: 'warning' }])
    expect(JSON.stringify(issues)).not.toContain('hunter2')
    expect(settings.secrets.usable).toBe(false)
  })

  test('may be a database URL; an unreadable one is fatal everywhere', () => {
    const env = {
      ...good,
      DATABASE_URL: undefined,
      DATABASE_URL_FILE: write('url', `${good.DATABASE_URL}\r\n`),
    }
    expect(load(env)).toMatchObject({ issues: [], settings: { databaseUrl: good.DATABASE_URL } })
    expect(found({ ...env, DATABASE_URL_FILE: 'none', NODE_ENV: 'test' })).toEqual([
      'fatal setting_unreadable DATABASE_URL',
    ])
  })

  test('may be the secret to compare with', () => {
    const env = { ...good, NEXTAUTH_SECRET: undefined, NEXTAUTH_SECRET_FILE: write('n', `${secret}\n`) }
    expect(found(env)).toEqual(['fatal secret_not_distinct MIGRATION_SECRET'])
  })
})

describe('an allowlist from a file', () => {
  const listed = (content: string | Buffer) =>
    load({ ...good, MIGRATION_ALLOWED_IPS: undefined, MIGRATION_ALLOWED_IPS_FILE: write('ips', content) })

  test('may have a byte order mark and CRLF', () => {
    const { settings, issues } = listed('\uFEFF10.8.0.0/16\r\n# the runner\r\n203.0.113.7\r\n')
    expect(issues).toEqual([])
    expect(settings.allowedIps).toHaveLength(2)
    expect(settings.allowedIpsFile).toBe(join(place.cwd, 'ips'))
  })

  test('may be empty, which admits nobody, not even locally', () => {
    const env = { ...good, NODE_ENV: 'test', MIGRATION_ALLOWED_IPS: undefined }
    const { settings } = load({ ...env, MIGRATION_ALLOWED_IPS_FILE: write('none', '# nobody') })
    expect(settings.allowedIps).toEqual([])
    expect(listed('').issues).toMatchObject([{ severity: 'error', code: 'allowlist_empty' }])
  })

  test.each<[string, () => string | Buffer, RegExp]>([
    ['of 20 001 entries', () => '10.0.0.1\n'.repeat(20_001), /more than 20000 entries/],
    ['over 1 MiB', () => ' '.repeat(1024 * 1024 + 1), /larger than 1024 KiB/],
    ['in UTF-16', () => Buffer.from('\uFEFF10.0.0.1\n', 'utf16le'), /UTF-16|UTF-8/],
    ['that is binary', () => Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1]), /binary/],
    ['with ::/0', () => '::/0', /every/],
  ])('%s is fatal and admits nobody', (_case, content, reason) => {
    const { settings, issues } = listed(content())
    expect(issues).toMatchObject([{ severity: 'fatal', variable: 'MIGRATION_ALLOWED_IPS' }])
    expect(issues[0]?.message).toMatch(reason)
    expect(settings.allowedIps).toEqual([])
  })
})

import { execFileSync } from 'node:child_process'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { startSentry } from '../observe/sentry-receiver.js'
import { booted, cwd, good, password, programOf, secret } from './rig.js'

const { MIGRATION_SECRET: _secret, ...withoutSecret } = good

describe('a misconfigured production', () => {
  test('ends with 78 and every problem named, before the host listens or connects', async () => {
    let connections = 0
    const database = createServer((socket) => {
      connections += 1
      socket.destroy()
    })
    await new Promise<void>((resolve) => database.listen(0, '127.0.0.1', resolve))
    const { port } = database.address() as AddressInfo
    const { code, lines, wentOn } = await booted({
      ...withoutSecret,
      MIGRATION_SECRET: good.NEXTAUTH_SECRET,
      DATABASE_URL: `postgres://u:${password}@127.0.0.1:${port}/db`,
      PORT: '80a',
      MIGRATION_WAIT: '50',
    })
    await new Promise((resolve) => database.close(resolve))
    expect(code).toBe(78)
    expect(wentOn).toBeUndefined()
    expect(connections).toBe(0)
    const errors = lines.filter(({ level }) => level === 'error')
    expect(errors.map((line) => `${line.code} ${String(line['variable'])}`)).toEqual([
      'secret_not_distinct MIGRATION_SECRET',
      'setting_malformed MIGRATION_WAIT',
      'setting_malformed PORT',
      'misconfigured undefined',
    ])
    expect(errors.at(-1)?.message).toContain('3 problems')
  })

  test.each([
    ['absent', undefined],
    ['empty', ''],
    ['blank', ' \t '],
  ])('ends with 78 when the secret is %s, and NODE_ENV unset is production', async (_case, value) => {
    const { NODE_ENV: _env, ...rest } = withoutSecret
    const { code, output } = await booted(value === undefined ? rest : { ...rest, MIGRATION_SECRET: value })
    expect(code).toBe(78)
    expect(output).toContain('secret_missing')
    expect(output).toMatch(/development, test or staging/)
  })

  test('ends with 78 when the secret file is a FIFO that nobody writes to, and does not wait for a writer', async () => {
    execFileSync('mkfifo', [join(cwd, 'fifo')])
    const { code, output } = await booted({ ...withoutSecret, MIGRATION_SECRET_FILE: 'fifo' })
    expect(code).toBe(78)
    expect(output).toContain('is not a regular file')
  })

  test('delivers one fatal alert to Sentry, and no secret with it', async () => {
    const sentry = await startSentry()
    const env = { ...good, MIGRATION_SECRET_PREVIOUS: secret, SENTRY_DSN: sentry.dsn, NODE_ENV: 'production' }
    const { code, output } = await booted(env)
    await sentry.close()
    expect(code).toBe(78)
    expect(sentry.events).toHaveLength(1)
    expect(sentry.events[0]).toMatchObject({
      level: 'fatal',
      release: '1.4.0',
      environment: 'production',
      tags: { code: 'misconfigured', variables: 'MIGRATION_SECRET_PREVIOUS' },
      message: expect.stringMatching(/MIGRATION_SECRET_PREVIOUS is the same as MIGRATION_SECRET/) as string,
    })
    for (const value of [secret, password, good.NEXTAUTH_SECRET]) {
      expect(output).not.toContain(value)
      expect(sentry.raw.join()).not.toContain(value)
    }
  })

  test.each<[string, (port: number) => string]>([
    ['answers nothing', (port) => `http://k@127.0.0.1:${port}/1`],
    ['speaks no TLS', (port) => `https://k@127.0.0.1:${port}/1`],
    ['refuses the connection', () => 'http://k@127.0.0.1:1/1'],
    ['has no address', () => 'https://k@sentry.invalid/1'],
  ])('ends with 78 within about two seconds when Sentry %s', async (_case, dsn) => {
    const sentry = await startSentry({ silent: true })
    const { code, output } = await booted({ ...withoutSecret, SENTRY_DSN: dsn(sentry.port) })
    await sentry.close()
    expect(code).toBe(78)
    expect(output).toContain('alert_undelivered')
    expect(output).not.toMatch(/unhandled|UnhandledPromise|at .*node_modules/i)
    // From the first line to the last: two seconds for the alert; the rest is what Sentry's package takes to load on a
    // busy machine.
    const times = [...output.matchAll(/"timestamp":"([^"]+)"/g)].map(([, time]) => Date.parse(time ?? ''))
    expect(Math.max(...times) - Math.min(...times)).toBeLessThan(7_000)
  })

  test('ends with 78 when the DSN itself is malformed', async () => {
    const { code, output } = await booted({ ...withoutSecret, SENTRY_DSN: 'https://sentry.example' })
    expect(code).toBe(78)
    expect(output).toContain('SENTRY_DSN is malformed')
  })
})

describe('a weak secret in production', () => {
  const env = { ...good, MIGRATION_SECRET: 'correct-horse-battery' }

  test('is an error in the log and an alert, and the process starts', async () => {
    const sentry = await startSentry()
    const { code, lines, wentOn } = await booted({ ...env, SENTRY_DSN: sentry.dsn })
    await sentry.close()
    expect(code).toBe(0)
    expect(wentOn).toContain('"usable":true')
    expect(lines).toMatchObject([
      { level: 'error', code: 'secret_weak' },
      { level: 'info', code: 'started' },
    ])
    expect(sentry.events).toMatchObject([{ level: 'error', tags: { code: 'misconfigured' } }])
    expect(sentry.raw.join()).not.toContain('correct-horse-battery')
  })

  test('ends the process with 78 under the strict policy', async () => {
    const { code, wentOn } = await booted({ ...env, MIGRATION_SECRET_POLICY: 'strict' })
    expect([code, wentOn]).toEqual([78, undefined])
  })
})

describe('a lenient environment', () => {
  test.each(['development', 'test', 'staging'])(
    '%s warns in one line about all secrets, and starts',
    async (name) => {
      const env = {
        ...good,
        NODE_ENV: name,
        MIGRATION_SECRET: 'a b',
        MIGRATION_READ_SECRET: good.NEXTAUTH_SECRET,
      }
      const { code, lines, wentOn } = await booted(env)
      expect(code).toBe(0)
      expect(wentOn).toContain('"usable":false')
      const warnings = lines.filter(({ level }) => level !== 'info')
      expect(warnings).toHaveLength(1)
      expect(warnings[0]).toMatchObject({ level: 'warn' })
      expect(warnings[0]?.message).toMatch(/MIGRATION_SECRET cannot.*MIGRATION_READ_SECRET is the same.*503/)
      expect(lines.at(-1)?.message).toMatch(/^dedicated migration secret: no, /)
    },
  )

  test.each(['development', 'staging'])(
    '%s ends with 78 all the same when a setting is malformed',
    async (name) => {
      const { code, output } = await booted({ ...good, NODE_ENV: name, CONSOLE: 'yes' })
      expect(code).toBe(78)
      expect(output).toContain('CONSOLE is malformed')
    },
  )
})

test('a good start says one line, which tells what an auditor asks', async () => {
  const { code, lines, wentOn } = await booted(good)
  expect(code).toBe(0)
  expect(wentOn).toBeDefined()
  expect(lines.map(({ message }) => message)).toEqual([
    'dedicated migration secret: yes, rotating: no, endpoint: on, allowlist: 3 entries, release: 1.4.0',
  ])
})

test('the build phase of Next.js checks nothing and says nothing', async () => {
  const { code, output } = await booted({ NEXT_PHASE: 'phase-production-build', PORT: 'x' })
  expect([code, output]).toEqual([0, 'WENT ON null\n'])
})

test("no line is lost when the host's pipe is slow to read, and a logger of its own is drained", async () => {
  const program = programOf(`
    import { boot } from MODULE('src/boot/boot.js')
    const lines = []
    const log = (message) => void lines.push(message)
    const drain = () => new Promise((resolve) => setTimeout(() => {
      process.stdout.write(lines.length + ' LINES\\n', resolve)
    }, 50))
    await boot({ NODE_ENV: 'production' }, { logger: { error: log, warn: log, info: log, debug: log, drain } })
    console.log('WENT ON {}')
  `)
  const { code, output, wentOn } = await booted({}, program)
  expect([code, wentOn]).toEqual([78, undefined])
  expect(output).toMatch(/^[4-9] LINES$/m)
})

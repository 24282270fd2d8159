import { booted, programOf } from '../boot/rig.js'
import { startSentry, type SentryReceiver } from './sentry-receiver.js'

const secret = '9f86d081884c7d659a2feaa0c55ad015'

let sentry: SentryReceiver
beforeEach(async () => {
  sentry = await startSentry()
})
afterEach(() => sentry.close())

/** Runs statements with `alerts` at hand, and `delivered` to be filled. */
const run = (statements: string, before = '') =>
  booted(
    { DSN: sentry.dsn },
    programOf(`
      import { createSentryAlerts } from MODULE('src/observe/sentry.js')
      ${before}
      const secret = '${secret}'
      const alerts = createSentryAlerts({
        dsn: process.env.DSN, release: '1.4.0', environment: 'production', redact: [secret],
      })
      ${statements}
    `),
  )

test('an alert arrives with its level, code, release and environment, scrubbed of secrets everywhere', async () => {
  const { code, output } = await run(`
    alerts.send({
      level: 'error', code: 'migration_failed', message: 'failed: ' + secret,
      tags: { runId: 'r1', where: 'x/' + encodeURIComponent(secret) },
    })
    console.log(await alerts.flush(5000))
  `)
  expect([code, output]).toEqual([0, 'true\n'])
  expect(sentry.events).toHaveLength(1)
  expect(sentry.events[0]).toMatchObject({
    level: 'error',
    message: 'failed: [redacted]',
    release: '1.4.0',
    environment: 'production',
    tags: { code: 'migration_failed', runId: 'r1', where: 'x/[redacted]' },
  })
  expect(sentry.raw.join()).not.toContain(secret)
})

test("nothing of the application's own Sentry leaves with it, and that one is left alone", async () => {
  const { output } = await run(
    `
      alerts.send({ level: 'error', code: 'x', message: 'ours' })
      await alerts.flush(5000)
      const listeners = ['uncaughtException', 'unhandledRejection'].map((name) => process.listenerCount(name))
      console.log(JSON.stringify([Sentry.getClient() === client, listeners]))
    `,
    `
      import * as Sentry from SENTRY
      const client = Sentry.init({ dsn: 'http://k@127.0.0.1:1/1', defaultIntegrations: false })
      Sentry.setUser({ email: 'private@example.org' })
      Sentry.getGlobalScope().setContext('order', { card: '4111' })
      Sentry.addBreadcrumb({ message: 'private crumb' })
    `,
  )
  expect(output).toContain('[true,[0,0]]')
  expect(sentry.events).toMatchObject([{ message: 'ours' }])
  expect(sentry.raw.join()).not.toMatch(/private|4111/)
  expect(Object.keys(sentry.events[0] ?? {})).not.toEqual(expect.arrayContaining(['user']))
})

test('a thousand alerts of one kind, sent at once, are five', async () => {
  await run(`
    for (let index = 0; index < 1000; index += 1) {
      alerts.send({ level: 'error', code: 'x', message: 'number ' + index })
    }
    await alerts.flush(5000)
  `)
  expect(sentry.events).toHaveLength(5)
})

test('flush says that nothing was delivered when Sentry refuses, and does not reject', async () => {
  const refusing = await startSentry({ status: 403 })
  const { code, output } = await run(`
    const refused = createSentryAlerts({ dsn: 'http://k@127.0.0.1:${refusing.port}/1', release: '1', environment: 'x', redact: [] })
    refused.send({ level: 'error', code: 'x', message: 'x' })
    console.log(await refused.flush(5000))
  `)
  await refusing.close()
  expect([code, output]).toEqual([0, 'false\n'])
})

test('without a DSN there is nobody to tell, and the package is not loaded', async () => {
  const { output } = await run(`
    const silent = createSentryAlerts({ dsn: undefined, release: '1', environment: 'x', redact: [] })
    silent.send({ level: 'fatal', code: 'x', message: 'x' })
    console.log(await silent.flush(5000), globalThis['__SEN' + 'TRY__'] === undefined)
  `)
  expect(output).toBe('true true\n')
  expect(sentry.raw).toEqual([])
})

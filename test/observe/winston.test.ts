import { PassThrough, Writable } from 'node:stream'
import { createWinstonLogger, type WinstonLoggerOptions } from '../../src/observe/winston.js'

const secret = '9f86d081884c7d659a2feaa0c55ad015'

async function logged(
  log: (logger: ReturnType<typeof createWinstonLogger>) => void,
  options: Partial<WinstonLoggerOptions> = {},
): Promise<string[]> {
  const stream = new PassThrough()
  const logger = createWinstonLogger({ redact: [secret], stream, ...options })
  log(logger)
  await logger.drain()
  const text = String(stream.read() ?? '')
  return text.split('\n').slice(0, -1)
}

const json = async (...args: Parameters<typeof logged>): Promise<Record<string, unknown>> => {
  const lines = await logged(...args)
  expect(lines).toHaveLength(1)
  return JSON.parse(lines[0] ?? '') as Record<string, unknown>
}

test('an event is one line of JSON with timestamp, level, message and its fields', async () => {
  const line = await json((logger) => logger.info('ran', { runId: 'r1', durationMs: 5, none: undefined }))
  expect(line).toEqual({
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
    level: 'info',
    message: 'ran',
    runId: 'r1',
    durationMs: 5,
  })
})

test('fields cannot replace timestamp, level and message', async () => {
  const line = await json((logger) => logger.warn('real', { message: 'forged', level: 'info', timestamp: 0 }))
  expect(line).toMatchObject({ message: 'real', level: 'warn', message_: 'forged', level_: 'info' })
})

test('only what is important enough is written', async () => {
  const log = (logger: ReturnType<typeof createWinstonLogger>) => {
    for (const level of ['debug', 'info', 'warn', 'error'] as const) logger[level](level)
  }
  const written = (await logged(log, { level: 'warn' })).map(
    (line) => (JSON.parse(line) as { level: string }).level,
  )
  expect(written).toEqual(['warn', 'error'])
  expect(await logged(log, { level: 'debug' })).toHaveLength(4)
})

test.each(['json', 'pretty'] as const)('a secret is scrubbed from %s wherever it stands', async (format) => {
  const cause = new Error(`cause ${secret}`)
  const error = Object.assign(new Error(`failed with ${secret}`, { cause }), { hint: secret })
  const lines = await logged(
    (logger) =>
      logger.error(`message ${secret}`, {
        text: secret,
        deep: [{ [secret]: { url: `x:${secret}@y` } }],
        error,
      }),
    { format },
  )
  expect(lines).toHaveLength(1)
  expect(lines[0]).not.toContain(secret)
  expect(lines[0]?.split('[redacted]').length).toBeGreaterThanOrEqual(8)
})

test.each(['json', 'pretty'] as const)(
  'line breaks and terminal controls cannot forge a line of %s',
  async (format) => {
    const forged = 'x\n{"level":"info"}\r\u001b[2J\u009b2J\u2028\u202e\u0000'
    const lines = await logged((logger) => logger.info(forged, { name: forged }), { format })
    expect(lines).toHaveLength(1)
    // eslint-disable-next-line no-control-regex -- which must not be there is what is looked for
    expect(lines[0]).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u202e]/)
  },
)

test('colours are used only where they are asked for', async () => {
  const log = (logger: ReturnType<typeof createWinstonLogger>) => logger.info('hello', { a: 1 })
  expect((await logged(log, { format: 'pretty', colour: true }))[0]).toContain('\u001b[')
  expect((await logged(log, { format: 'pretty' }))[0]).toMatch(/^\d\d:\d\d:\d\d\.\d{3} info {2}hello {2}a=1$/)
})

describe('a database error', () => {
  const error = Object.assign(new Error(`insert into "t" values ('row - data') - duplicate key`), {
    severity: 'ERROR',
    code: '23505',
    detail: 'Key (email)=(row data) already exists.',
    where: 'row data',
    table: 't',
    internalPosition: 'row data',
  })

  test('is logged without statement, bindings and row data', async () => {
    const line = await json((logger) => logger.error('failed', { error }))
    expect(line['error']).toMatchObject({ message: 'duplicate key', code: '23505', table: 't' })
    expect(JSON.stringify(line)).not.toContain('row')
  })

  test('is logged with detail at debug', async () => {
    const line = await json((logger) => logger.error('failed', { error }), { level: 'debug' })
    expect(line['error']).toMatchObject({ detail: error.detail })
  })
})

test('cycles, depth, length, buffers, big integers and throwing getters are survived', async () => {
  const cycle: Record<string, unknown> = {
    big: 10n,
    bytes: Buffer.from('secret bytes'),
    long: 'x'.repeat(100_000),
  }
  cycle['self'] = cycle
  cycle['many'] = Array.from({ length: 1_000 }, (_, index) => index)
  const line = await json((logger) => logger.info('odd', cycle))
  expect(line).toMatchObject({ big: '10', bytes: '[12 bytes]' })
  expect(JSON.stringify(line).length).toBeLessThan(200_000)
  const throwing = Object.defineProperty({}, 'x', { enumerable: true, get: () => { throw new Error('no') } }) // prettier-ignore
  expect(await json((logger) => logger.info('still said', { throwing }))).toMatchObject({
    message: 'still said',
  })
})

test('drain resolves once a slow reader has everything, in order', async () => {
  const chunks: string[] = []
  const stream = new Writable({
    highWaterMark: 1,
    write: (chunk: Buffer, _encoding, done) => {
      setImmediate(() => {
        chunks.push(chunk.toString())
        done()
      })
    },
  })
  const logger = createWinstonLogger({ redact: [], stream })
  for (let index = 0; index < 200; index += 1) logger.info(`line ${index}`)
  await logger.drain(10_000)
  // The lines of one turn come together.
  const lines = chunks.join('').split('\n').slice(0, -1)
  const messages = lines.map((line) => (JSON.parse(line) as { message: string }).message)
  expect(messages).toEqual(Array.from({ length: 200 }, (_, index) => `line ${index}`))
})

test('drain does not wait for a reader that has stopped reading', async () => {
  const logger = createWinstonLogger({ redact: [], stream: new Writable({ write: () => undefined }) })
  logger.info('unread')
  const before = performance.now()
  await logger.drain(50)
  expect(performance.now() - before).toBeLessThan(5_000)
})

test('a reader that went away ends nothing', async () => {
  const stream = new PassThrough()
  const logger = createWinstonLogger({ redact: [], stream })
  stream.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
  logger.error('to nobody')
  await logger.drain()
  logger.error('to nobody either')
  await logger.drain()
})

import { connect } from 'node:net'
import { authorised, startRig, type Rig } from '../hostile/rig.js'
import { undescribedEvent } from '../support/described.js'
import { applied, events, failed, runId, view } from './recording-engine.js'

let rig: Rig
beforeEach(async () => {
  rig = await startRig()
})
afterEach(async () => rig.close())

const stream = 'Accept: text/event-stream\r\n'

describe('POST with Accept: text/event-stream', () => {
  test('tells what happens, and at the end what a waiting caller is told', async () => {
    rig.engine.answer({
      migrate: async ({ onEvent, waitMs }) => {
        expect(waitMs).toBeUndefined()
        for (const event of events) onEvent?.(event)
        return applied
      },
    })
    const { raw, told } = await listen('POST /api/migrate')
    expect(raw).toMatch(/^HTTP\/1\.1 200 /)
    expect(raw).toMatch(/^content-type: text\/event-stream/im)
    expect(raw).toMatch(/^cache-control: no-store, no-transform/im)
    expect(raw).toMatch(/^x-accel-buffering: no/im)
    expect(told).toEqual([
      ...events.map((event) => [event.type, event]),
      ['done', { success: true, message: 'Migrations applied', ...applied }],
    ])
  })

  test('what is refused before anything has happened has its own status', async () => {
    rig.engine.answer({ migrate: failed('unexpected_head', { head: null }) })
    const reply = await rig.send(authorised('POST /api/migrate', `${stream}Content-Length: 0\r\n`))
    expect([reply.status, reply.headers['content-type'], JSON.parse(reply.body).code]).toEqual([
      412,
      'application/problem+json',
      'unexpected_head',
    ])
    rig.engine.answer({ migrate: failed('draining') })
    const leaving = await rig.send(authorised('POST /api/migrate', `${stream}Content-Length: 0\r\n`))
    expect([leaving.status, leaving.headers['retry-after'], leaving.closed]).toEqual([503, '5', true])
  })

  test('a failure after the first event is told as the problem it is', async () => {
    rig.engine.answer({
      migrate: async ({ onEvent }) => {
        onEvent?.({ type: 'run', runId, joined: false, pending: [] })
        return failed('drift', { drift: [] })
      },
    })
    const { told } = await listen('POST /api/migrate')
    expect(told).toMatchObject([
      ['run', { runId }],
      ['done', { code: 'drift', status: 409, success: false, drift: [] }],
    ])
  })

  test('a name with line breaks forges no event', async () => {
    const name = 'a\n\nevent: done\ndata: {}\n'
    rig.engine.answer({ migrate: { ...applied, applied: [{ name, durationMs: 1 }] } as typeof applied })
    const { told } = await listen('POST /api/migrate')
    expect(told).toMatchObject([['done', { applied: [{ name }] }]])
  })

  test('gates and options come before the stream', async () => {
    const reply = await rig.send(authorised('POST /api/migrate?x=1', `${stream}Content-Length: 0\r\n`))
    expect([reply.status, reply.headers['content-type']]).toEqual([400, 'application/problem+json'])
  })

  test('J07 it begins within a second or so, though nothing has happened', async () => {
    rig.engine.answer({ migrate: () => new Promise(() => {}) })
    const first = await new Promise<string>((resolve) => {
      const socket = connect(rig.port, '127.0.0.1')
      let text = ''
      socket.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
        if (!text.includes(': open')) return
        socket.destroy()
        resolve(text)
      })
      socket.write(authorised('POST /api/migrate', `${stream}Content-Length: 0\r\n`))
    })
    expect(first).toMatch(/^HTTP\/1\.1 200 /)
  })
})

describe('GET …/events', () => {
  const path = `GET /api/migrate/runs/${runId}/events`

  test('tells a run from its start, as its record grows', async () => {
    const [first = '', second = ''] = view.plan
    const looks = [
      view,
      { ...view, applied: [{ name: first, durationMs: 5 }], current: { name: second, index: 2, of: 2 } },
      {
        ...view,
        status: 'applied' as const,
        applied: [first, second].map((name) => ({ name, durationMs: 5 })),
        current: null,
      },
    ]
    rig.engine.answer({ run: () => looks.shift() })
    const { told } = await listen(path)
    expect(told).toMatchObject([
      ['run', { runId, pending: view.plan }],
      ['migration', { name: first, state: 'started', index: 1, of: 2 }],
      ['migration', { name: first, state: 'applied', index: 1, durationMs: 5 }],
      ['migration', { name: second, state: 'started', index: 2 }],
      ['migration', { name: second, state: 'applied', index: 2 }],
      ['done', { success: true, status: 'applied', runId }],
    ])
  })

  test.each(['0', '99999', 'x\ty', runId])('I09 Last-Event-ID %s changes nothing', async (id) => {
    rig.engine.answer({ run: { ...view, status: 'interrupted', current: null } })
    const { told } = await listen(path, `Last-Event-ID: ${id}\r\n`)
    expect(told).toMatchObject([
      ['run', { runId }],
      ['done', { code: 'interrupted', success: false }],
    ])
  })

  test('HEAD does not wait for the end', async () => {
    const reply = await rig.send(authorised(path.replace('GET', 'HEAD'), 'Connection: close\r\n'))
    expect([reply.status, reply.headers['content-type']]).toEqual([200, 'text/event-stream; charset=utf-8'])
  })

  test('a listener who goes away ends the reading of the record', async () => {
    let looks = 0
    rig.engine.answer({ run: (_id: string) => ((looks += 1), view) })
    const closed = new Promise((resolve) =>
      rig.server.once('connection', (socket) => socket.once('close', resolve)),
    )
    const socket = connect(rig.port, '127.0.0.1')
    await new Promise((resolve) => socket.once('data', resolve).write(authorised(path)))
    socket.destroy()
    await closed
    const before = looks
    await rig.send(authorised('GET /api/migrate'))
    expect(looks).toBe(before)
  })
})

type Told = [event: string, data: unknown][]

/** Everything of a stream until the server ends it. */
async function listen(line: string, head = ''): Promise<{ raw: string; told: Told }> {
  const bytes = authorised(line, `${head}${stream}Connection: close\r\nContent-Length: 0\r\n`)
  const { raw } = await rig.send(bytes, { timeoutMs: 10_000 })
  // A chunk may end anywhere: its sizes stand on lines of their own.
  const text = raw.slice(raw.indexOf('\r\n\r\n') + 4).replace(/\r?\n?[0-9a-f]+\r\n/g, '')
  const told = [...text.matchAll(/event: (.+)\ndata: (.+)\n/g)].map(
    ([, event = '', data = '']): Told[number] => [event, JSON.parse(data)],
  )
  expect(told.flatMap(([event, data]) => undescribedEvent(event, data))).toEqual([])
  return { raw, told }
}

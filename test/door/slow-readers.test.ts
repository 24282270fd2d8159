import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import type { MigrateOptions } from '../../src/runs/engine.js'
import { authorised, startRig, type Rig } from '../hostile/rig.js'
import { eventually } from '../support/processes.js'
import { applied, runId, view } from './recording-engine.js'

let rig: Rig
beforeEach(async () => {
  rig = await startRig()
})
afterEach(async () => rig.close())

const mebibyte = 1_048_576
/** What two sockets of one machine may hold between them, beside what the door keeps. */
const inTheKernel = 16 * mebibyte

/** The server's end of a connection whose other end asks, and then never reads. */
async function silentReader(line: string, head = ''): Promise<Socket> {
  const accepted = once(rig.server, 'connection') as Promise<[Socket]>
  const socket = connect(rig.port, '127.0.0.1').pause()
  socket.on('error', () => {})
  socket.write(authorised(line, `Accept: text/event-stream\r\n${head}`))
  return (await accepted)[0]
}

test('who does not read a POST’s events is cut off, with a bounded queue, and the run goes on', async () => {
  const text = 'x'.repeat(65_536)
  let told = 0
  let most = 0
  let end: (outcome: typeof applied) => void = () => {}
  let onEvent: MigrateOptions['onEvent']
  rig.engine.answer({
    migrate: (options) => {
      ;({ onEvent } = options)
      return new Promise((resolve) => (end = resolve))
    },
  })
  const near = await silentReader('POST /api/migrate', 'Content-Length: 0\r\n')
  await eventually(() => onEvent !== undefined)
  const tell = async () => {
    onEvent?.({ type: 'run', runId, joined: false, pending: [text] })
    told += text.length
    most = Math.max(most, near.writableLength)
    await turn()
  }
  while (!near.destroyed && told < 4 * inTheKernel) await tell()
  expect([near.destroyed, near.destroyed && told < inTheKernel + 2 * mebibyte]).toEqual([true, true])
  expect(most).toBeLessThan(mebibyte + 2 * text.length)
  for (let more = 0; more < 100; more += 1) await tell()
  expect(near.writableLength).toBeLessThan(mebibyte + 2 * text.length)
  end(applied)
  await eventually(() => /migration call answered.*"status":"applied"/.test(rig.logged()))
  expect((await rig.send(authorised('GET /api/migrate'))).status).toBe(200)
})

test('a run is no longer read for somebody who does not read its events', async () => {
  const name = 'x'.repeat(mebibyte)
  let looks = 0
  rig.engine.answer({
    run: () => {
      looks += 1
      const many = Array.from({ length: 40 * Math.min(looks, 2) }, (_, index) => `${index}${name}`)
      return { ...view, plan: many, current: { name: '', index: many.length, of: many.length } }
    },
  })
  const near = await silentReader(`GET /api/migrate/runs/${runId}/events`)
  await eventually(() => near.destroyed)
  const before = looks
  await rig.send(authorised('GET /api/migrate'))
  await new Promise((resolve) => setTimeout(resolve, 700)) // longer than the pause between two looks
  expect(looks).toBe(before)
})

import { createConnection, createServer, type AddressInfo, type Server } from 'node:net'
import { once } from 'node:events'

import { openTap, type Trap } from '../../torture/wire/tap.js'

const message = (type: string): Buffer => Buffer.from([type.charCodeAt(0), 0, 0, 0, 4])
const startup = Buffer.from([0, 0, 0, 8, 0, 3, 0, 0])

let upstream: Server
let received: Buffer[]

beforeEach(async () => {
  received = []
  upstream = createServer((socket) => {
    socket.on('data', (chunk: Buffer) => received.push(chunk))
    socket.on('error', () => undefined)
  }).listen(0, '127.0.0.1')
  await once(upstream, 'listening')
})

afterEach(() => upstream.close())

async function send(trap: Trap): Promise<string> {
  const tap = await openTap((upstream.address() as AddressInfo).port, trap)
  const client = createConnection(tap.port, '127.0.0.1').on('error', () => undefined)
  const ended = new Promise<void>((resolve) =>
    upstream.once('connection', (one) => one.once('close', () => resolve())),
  )
  client.end(Buffer.concat([startup, message('P'), message('B'), message('S')]))
  await ended
  await tap.close()
  return Buffer.concat(received)
    .subarray(startup.length)
    .toString()
    .replaceAll(/[^A-Z]/g, '')
}

test('a trap before a message lets nothing from that message on through, once it severs', async () => {
  expect(await send({ message: 3, when: 'before', spring: async () => 'sever' })).toBe('P')
})

test('a trap after a message lets that message through and nothing after it', async () => {
  expect(await send({ message: 3, when: 'after', spring: async () => 'sever' })).toBe('PB')
})

test('nothing moves while a trap is at work, and everything does once it resumes', async () => {
  let before = ''
  const spring = async (): Promise<'resume'> => {
    await new Promise((resolve) => setImmediate(resolve))
    before = Buffer.concat(received).subarray(startup.length).toString()
    return 'resume'
  }
  expect(await send({ message: 3, when: 'before', spring })).toBe('PBS')
  expect(before).not.toContain('B')
})

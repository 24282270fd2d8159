import { createServer, get, Agent, type Server } from 'node:http'
import { closeServer, listen, ListenError } from '../../src/server/listener.js'

const variables = { port: 'PORT', host: 'HOST' }
const open: Server[] = []

function server(): Server {
  const created = createServer((_request, response) => void response.end('ok'))
  open.push(created)
  return created
}

afterEach(async () => {
  for (const one of open.splice(0)) await closeServer(one, 0)
})

test('port 0 takes a free port and tells which', async () => {
  expect(await listen(server(), { host: '127.0.0.1', port: 0 }, variables)).toBeGreaterThan(1023)
})

test('a port in use names port, host and variable', async () => {
  const port = await listen(server(), { host: '127.0.0.1', port: 0 }, variables)
  const second = listen(server(), { host: '127.0.0.1', port }, variables)
  await expect(second).rejects.toThrow(ListenError)
  await expect(second).rejects.toThrow(
    `Cannot listen on port ${port} on 127.0.0.1: another process does already. Stop it, or set PORT to another one`,
  )
})

test('an address of another machine names the variable to correct', async () => {
  const listening = listen(server(), { host: '192.0.2.1', port: 0 }, variables)
  await expect(listening).rejects.toThrow('this machine has no such address. Correct HOST.')
})

test('closing ends idle keep-alive connections at once', async () => {
  const one = server()
  one.keepAliveTimeout = 60_000
  const port = await listen(one, { host: '127.0.0.1', port: 0 }, variables)
  const agent = new Agent({ keepAlive: true })
  await new Promise((settle) =>
    get({ port, host: '127.0.0.1', agent }, (response) => response.resume().on('end', settle)),
  )
  const began = performance.now()
  await closeServer(one, 10_000)
  expect(performance.now() - began).toBeLessThan(1_000)
  agent.destroy()
})

test('an answer under way is waited for, and cut after the patience', async () => {
  const stuck = createServer(() => undefined)
  const port = await listen(stuck, { host: '127.0.0.1', port: 0 }, variables)
  const cut = new Promise((settle) => get({ port, host: '127.0.0.1' }).on('error', settle))
  await new Promise((settle) => stuck.once('request', settle))
  await closeServer(stuck, 50)
  expect(await cut).toMatchObject({ code: 'ECONNRESET' })
})

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express from 'express'
import { consolePage, readConsole } from '../../src/pages/console.js'
import { request, startRig, type Rig } from '../hostile/rig.js'

let dir: string
let rig: Rig
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'sallyport-console-'))
  mkdirSync(join(dir, 'assets'))
  writeFileSync(join(dir, 'index.html'), '<!doctype html><title>page</title>')
  writeFileSync(join(dir, 'assets/index-AAAAAAAA.js'), 'let script\n'.repeat(100))
  rig = await startRig({ console: true, pages: [consolePage(built())] })
})
afterAll(async () => {
  await rig.close()
  rmSync(dir, { recursive: true })
})

function built() {
  const found = readConsole(dir)
  if (found === undefined) throw new Error('there is no page in the folder that was just made')
  return found
}

const ask = (line: string, head = '') => rig.send(request(line, head))
const navigation = 'Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n'

test('the page is kept nowhere, runs its own script alone, and may not be framed', async () => {
  const { status, headers, body } = await ask('GET /')
  expect([status, body]).toEqual([200, '<!doctype html><title>page</title>'])
  expect(headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'x-frame-options': 'DENY',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  })
  const policy = headers['content-security-policy']?.split(';')
  expect(policy).toEqual([
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ])
})

test('what the page loads is kept for ever, and sent in the smallest form that is taken', async () => {
  const path = 'GET /assets/index-AAAAAAAA.js'
  const plain = await ask(path)
  expect([plain.status, plain.body.length]).toEqual([200, 1_100])
  expect(plain.headers).toMatchObject({
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': 'public, max-age=31536000, immutable',
    vary: 'Accept-Encoding',
  })
  const encodingFor = async (accepted: string) =>
    (await ask(path, `Accept-Encoding: ${accepted}\r\n`)).headers['content-encoding']
  expect(await encodingFor('gzip, deflate, br')).toBe('br')
  expect(await encodingFor('gzip')).toBe('gzip')
  expect(await encodingFor('gzip;q=1.0, br;q=0.5')).toBe('br')
  expect(await encodingFor('gzip;q=0.8, br;q=0')).toBe('gzip')
  expect(await encodingFor('identity')).toBeUndefined()
  expect(await encodingFor('br;q=0')).toBeUndefined()
  expect((await ask(path.replace('GET', 'HEAD'))).headers['content-length']).toBe('1100')
})

test('what somebody has is not sent again, and the page itself always is', async () => {
  const path = 'GET /assets/index-AAAAAAAA.js'
  const { etag } = (await ask(path)).headers
  const again = await ask(path, `If-None-Match: "other", ${etag}\r\nAccept-Encoding: br\r\n`)
  expect([again.status, again.body, again.headers['etag'], again.headers['cache-control']]).toEqual([
    304,
    '',
    etag,
    'public, max-age=31536000, immutable',
  ])
  expect((await ask(path, 'If-None-Match: "other"\r\n')).status).toBe(200)
  const page = await ask('GET /', 'If-None-Match: *\r\n')
  expect([page.status, page.headers['etag']]).toEqual([200, undefined])
})

test('nothing else is served, whatever the path says', async () => {
  for (const path of [
    '/index.html',
    '/assets/',
    '/assets/../index.html',
    '/assets/%2e%2e/index.html',
    '/other',
  ])
    expect([path, (await ask(`GET ${path}`)).status]).toEqual([path, 404])
  const reply = await ask('POST /', 'Content-Length: 0\r\n')
  expect([reply.status, reply.headers['allow'], JSON.parse(reply.body).code]).toEqual([
    405,
    'GET, HEAD',
    'method_not_allowed',
  ])
})

test('a link of another site may lead to the page, and to nothing else', async () => {
  expect((await ask('GET /', navigation)).status).toBe(200)
  expect((await ask('GET /assets/index-AAAAAAAA.js', navigation)).status).toBe(403)
  expect((await ask('GET /', 'Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\n')).status).toBe(403)
})

test('the page stands behind the allowlist', async () => {
  const foreign = request('GET /').replace('203.0.113.9', '198.51.100.7')
  const reply = await rig.send(foreign)
  expect([reply.status, reply.headers['content-type']]).toEqual([403, 'application/problem+json'])
})

test('a folder without a page is none', () => {
  expect(readConsole(join(dir, 'assets'))).toBeUndefined()
})

test('below a prefix the page is asked for with a slash at its end, for it names what it loads relative to itself', async () => {
  const app = express().use(
    '/ops',
    consolePage(built())(() => undefined),
  )
  const server: Server = createServer(app)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const bare = await fetch(`${base}/ops`, { redirect: 'manual' })
  expect([bare.status, bare.headers.get('location')]).toEqual([308, './ops/'])
  expect((await fetch(`${base}/ops`)).url).toBe(`${base}/ops/`)
  expect((await fetch(`${base}/ops/assets/index-AAAAAAAA.js`)).status).toBe(200)
  await new Promise((resolve) => server.close(resolve))
})

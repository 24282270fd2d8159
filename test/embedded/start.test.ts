import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { embeddedPlace } from '../support/embedded-place.js'
import { eventually, root, start } from '../support/processes.js'

const ownerPath = join(root, 'test/support/embedded-owner.js')
let dir: string

function freshDir(): void {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'sallyport-embedded-')))
  chmodSync(dir, 0o755)
}

/** Removes the place elsewhere too, where there is one. */
function removeDir(): void {
  for (const path of [embeddedPlace(dir), dir]) rmSync(path, { recursive: true, force: true })
}

// One cluster for all: each test leaves it as the next process of a project would find it.
beforeAll(freshDir)
afterAll(removeDir)

async function startOwner(detached = false) {
  const owner = start(process.execPath, [ownerPath, dir], { detached })
  const [, json] = await owner.printed(/^started (.*)$/m)
  const { url, owned } = JSON.parse(json ?? '') as { url: string; owned: boolean }
  return { ...owner, url, owned }
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query<unknown[]>({ text: sql, rowMode: 'array' })).rows.flat()
  } finally {
    await client.end()
  }
}

const dataFile = (name: string) => join(embeddedPlace(dir), 'postgres/data', name)
const postmasterPid = () => Number(readFileSync(dataFile('postmaster.pid'), 'utf8').split('\n')[0])
const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('the data is kept from one start to the next, and the server ends with stop()', async () => {
  const first = await startOwner()
  const pid = postmasterPid()
  await query(first.url, 'create table kept as select 42 as answer')
  first.kill('SIGTERM')
  expect(await first.exit).toEqual({ code: 0, signal: null })
  expect(isAlive(pid)).toBe(false)
  const second = await startOwner()
  expect(await query(second.url, 'select answer from kept')).toEqual([42])
  second.kill('SIGTERM')
  await second.exit
})

test('the password is random, readable by its owner only and never printed', async () => {
  const owner = await startOwner()
  const file = join(embeddedPlace(dir), 'postgres/password')
  const password = readFileSync(file, 'utf8').trim()
  expect(password).toMatch(/^[0-9a-f]{48}$/)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(owner.stderr()).not.toContain(password)
  expect(readFileSync(join(dir, '.sallyport/.gitignore'), 'utf8')).toBe('*\n')
  await expect(query(owner.url.replace(password, 'wrong'), 'select 1')).rejects.toMatchObject({
    code: '28P01',
  })
  owner.kill('SIGTERM')
  await owner.exit
})

test('a Ctrl-C that reaches the whole process group leaves the database running for an orderly end', async () => {
  const owner = await startOwner(true)
  process.kill(-owner.pid, 'SIGINT')
  await owner.printed(/^SIGINT$/m)
  expect(await query(owner.url, 'select 1')).toEqual([1])
  owner.kill('SIGTERM')
  await owner.exit
})

test('the server ends by itself when its owner is killed', async () => {
  const owner = await startOwner()
  const pid = postmasterPid()
  owner.kill('SIGKILL')
  await eventually(() => !isAlive(pid))
})

test('a second process uses the running server and leaves it running', async () => {
  const owner = await startOwner()
  const guest = await startOwner()
  expect([owner.owned, guest.owned, guest.url]).toEqual([true, false, owner.url])
  guest.kill('SIGTERM')
  await guest.exit
  expect(await query(owner.url, 'select 1')).toEqual([1])
  owner.kill('SIGTERM')
  await owner.exit
})

test('two first starts at once share one server', async () => {
  removeDir()
  freshDir()
  const both = await Promise.all([startOwner(), startOwner()])
  expect(both[0].url).toBe(both[1].url)
  expect(both.map(({ owned }) => owned).sort()).toEqual([false, true])
  for (const one of both) one.kill('SIGTERM')
  await Promise.all(both.map(({ exit }) => exit))
})

test('a server whose keeper was killed too is stopped and started anew', async () => {
  const owner = await startOwner()
  const orphan = postmasterPid()
  const keeper = Number(execFileSync('ps', ['-o', 'ppid=', '-p', String(orphan)], { encoding: 'utf8' }))
  owner.kill('SIGKILL')
  process.kill(keeper, 'SIGKILL')
  await owner.exit
  expect(isAlive(orphan)).toBe(true)
  const next = await startOwner()
  expect(next.stderr()).toContain('that a killed process left running')
  expect([next.owned, isAlive(orphan)]).toEqual([true, false])
  next.kill('SIGTERM')
  await next.exit
})

test('a postmaster.pid whose number now belongs to another process does not prevent the start', async () => {
  const owner = await startOwner()
  owner.kill('SIGTERM')
  await owner.exit
  writeFileSync(
    dataFile('postmaster.pid'),
    [process.pid, dataFile(''), 0, 5432, '', '127.0.0.1', '', 'ready'].join('\n'),
  )
  const next = await startOwner()
  expect(next.owned).toBe(true)
  next.kill('SIGTERM')
  await next.exit
})

test('without the optional dependency the error says to set DATABASE_URL', async () => {
  cpSync(join(root, 'dist/src'), join(dir, 'dist/src'), { recursive: true })
  writeFileSync(join(dir, 'package.json'), '{ "type": "module" }')
  mkdirSync(join(dir, 'node_modules'))
  symlinkSync(join(root, 'node_modules/zod'), join(dir, 'node_modules/zod'))
  mkdirSync(join(dir, 'test/support'), { recursive: true })
  cpSync(ownerPath, join(dir, 'test/support/embedded-owner.js'))
  const owner = start(process.execPath, [join(dir, 'test/support/embedded-owner.js'), dir])
  expect((await owner.exit).code).not.toBe(0)
  expect(owner.stderr()).toMatch(/EmbeddedError: The embedded PostgreSQL is not installed .*Set DATABASE_URL/)
})

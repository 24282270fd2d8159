import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'dotenv'
import { writeEnvLocal } from '../../src/cli/env-local.js'

let dir: string
const path = () => join(dir, '.env.local')
const values = () => parse(readFileSync(path(), 'utf8'))

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sallyport-init-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

test('writes two distinct secrets of 256 bits that only the owner can read', () => {
  const result = writeEnvLocal(dir)
  expect(result).toMatchObject({
    created: true,
    added: ['MIGRATION_SECRET', 'MIGRATION_READ_SECRET'],
    kept: [],
  })
  const { MIGRATION_SECRET, MIGRATION_READ_SECRET } = values()
  expect(MIGRATION_SECRET).toMatch(/^[0-9a-f]{64}$/)
  expect(MIGRATION_READ_SECRET).toMatch(/^[0-9a-f]{64}$/)
  expect(MIGRATION_READ_SECRET).not.toBe(MIGRATION_SECRET)
  expect(statSync(path()).mode & 0o777).toBe(0o600)
  expect(JSON.stringify(result)).not.toContain(MIGRATION_SECRET)
})

test('keeps what is there, adds what is missing and closes the file to others', () => {
  writeFileSync(path(), 'PORT=8080\nMIGRATION_SECRET="mine"')
  chmodSync(path(), 0o644)
  const result = writeEnvLocal(dir)
  expect(result).toMatchObject({
    created: false,
    added: ['MIGRATION_READ_SECRET'],
    kept: ['MIGRATION_SECRET'],
  })
  expect(values()).toMatchObject({ PORT: '8080', MIGRATION_SECRET: 'mine' })
  expect(statSync(path()).mode & 0o777).toBe(0o600)
})

test('a second time changes nothing', () => {
  writeEnvLocal(dir)
  const before = readFileSync(path(), 'utf8')
  expect(writeEnvLocal(dir)).toMatchObject({ added: [], kept: ['MIGRATION_SECRET', 'MIGRATION_READ_SECRET'] })
  expect(readFileSync(path(), 'utf8')).toBe(before)
})

test('fills in a variable that was left blank', () => {
  writeFileSync(path(), 'MIGRATION_SECRET=\nMIGRATION_READ_SECRET=mine\n')
  expect(writeEnvLocal(dir).added).toEqual(['MIGRATION_SECRET'])
  expect(readFileSync(path(), 'utf8')).toMatch(
    /^MIGRATION_SECRET=[0-9a-f]{64}\nMIGRATION_READ_SECRET=mine\n$/,
  )
})

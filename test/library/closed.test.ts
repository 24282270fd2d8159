import knex from 'knex'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { sallyport } from '../../src/index.js'
import { createDatabase } from '../support/database.js'
import { secret } from '../support/server.js'

const migrationSource = {
  getMigrations: () => Promise.resolve(['001_a']),
  getMigrationName: (name: string) => name,
  getMigration: () => Promise.resolve({ up: async () => {}, down: async () => {} }),
}

test('a closed door answers that it is closed, and opens no connection again, which would keep the process alive', async () => {
  const database = await createDatabase()
  const own = knex({ client: 'pg', connection: database.url, migrations: { migrationSource } })
  const door = sallyport({ knex: own, secret, allowedIps: ['127.0.0.1'] })
  const app = express().use('/api/migrate', door.router).use(door.health)
  const server = createServer(app).listen(0, '127.0.0.1')
  const get = async (path: string) => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`
    const response = await fetch(url, { headers: { authorization: `Bearer ${secret}` } })
    return [response.status, await response.json()] as const
  }
  const connections = () =>
    database.query(
      `select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
    )
  try {
    expect(await door.migrate()).toMatchObject({ status: 'applied' })
    // A call that comes while it closes may still look, and must not open anything behind its back.
    const [late] = await Promise.all([door.status(), door.close(), door.close()])
    expect(late).toEqual(expect.anything())
    expect(await door.status()).toMatchObject({ status: 'failed', code: 'draining' })
    expect(await door.migrate()).toMatchObject({ status: 'failed', code: 'draining' })
    expect(await get('/api/migrate')).toMatchObject([503, { code: 'draining' }])
    expect(await get('/api/migrate/runs')).toMatchObject([503, { code: 'draining' }])
    expect(await get('/readyz')).toMatchObject([503, { reasons: ['draining'] }])
    expect(await connections()).toEqual([])
  } finally {
    server.close()
    await own.destroy()
    await database.drop()
  }
})

test('a door that is closed before it was ever used opens nothing afterwards', async () => {
  const database = await createDatabase()
  const own = knex({ client: 'pg', connection: database.url, migrations: { migrationSource } })
  const door = sallyport({ knex: own, secret, allowedIps: ['127.0.0.1'] })
  try {
    const [outcome] = await Promise.all([door.migrate(), door.close()])
    expect(outcome).toMatchObject({ status: 'failed', code: 'draining' })
    expect(
      await database.query(
        `select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
      ),
    ).toEqual([])
  } finally {
    await own.destroy()
    await database.drop()
  }
})

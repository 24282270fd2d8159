import knex, { type Knex } from 'knex'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { sallyport, type Alert } from '../../src/index.js'
import { secret } from '../hostile/rig.js'
import { createDatabase } from '../support/database.js'

test('a run that fails is a reason of the library’s /readyz and one alert, until one succeeds', async () => {
  const database = await createDatabase()
  const alerts: Alert[] = []
  let broken = true
  const up = async (trx: Knex): Promise<void> => {
    await trx.raw(broken ? 'select broken' : 'create table accounts (id int)')
  }
  const migrationSource = {
    getMigrations: () => Promise.resolve(['20250101000000_create_accounts']),
    getMigrationName: (name: string) => name,
    getMigration: () => Promise.resolve({ up, down: async () => {} }),
  }
  const own = knex({ client: 'pg', connection: database.url, migrations: { migrationSource } })
  const door = sallyport({
    knex: own,
    secret,
    allowedIps: ['127.0.0.1'],
    alerts: { send: (alert) => void alerts.push(alert) },
  })
  const server = createServer(express().use(door.health)).listen(0, '127.0.0.1')
  const readyz = async () => {
    const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/readyz`)
    const body: unknown = await response.json()
    return [response.status, body]
  }
  try {
    expect(await door.migrate()).toMatchObject({ status: 'failed', code: 'migration_failed' })
    expect(alerts).toMatchObject([{ code: 'migration_failed', tags: { credential: 'boot' } }])
    expect(await readyz()).toEqual([
      503,
      expect.objectContaining({ reasons: ['pending', 'migration_failed'] }),
    ])
    broken = false
    expect(await door.migrate()).toMatchObject({ status: 'applied' })
    expect(alerts).toHaveLength(1)
  } finally {
    server.close()
    await door.close()
    await own.destroy()
    await database.drop()
  }
})

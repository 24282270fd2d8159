import knex from 'knex'
import { sallyport, type SallyportOptions } from '../../src/index.js'
import { recordsOf } from '../journal/records.js'
import { createDatabase } from '../support/database.js'
import { secret } from '../support/server.js'

test('the library’s runs are recorded with the fingerprint of its options, and without a secret', async () => {
  const database = await createDatabase()
  const names: string[] = []
  const migrationSource = {
    getMigrations: () => Promise.resolve(names),
    getMigrationName: (name: string) => name,
    getMigration: () => Promise.resolve({ up: async () => {}, down: async () => {} }),
  }
  const own = knex({ client: 'pg', connection: database.url, migrations: { migrationSource } })
  const facts = async (options: Partial<SallyportOptions>) => {
    names.push(`00${names.length}_a`)
    const door = sallyport({ knex: own, secret, allowedIps: ['127.0.0.1'], ...options })
    await door.migrate()
    await door.close()
    const started = (await recordsOf(database)).filter(({ kind }) => kind === 'run_started').at(-1)
    return started?.data['boot'] as { configuration: string; warnings: readonly string[] }
  }
  try {
    const first = await facts({})
    expect(first).toMatchObject({
      configuration: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      warnings: [],
    })
    // Another secret is no other configuration, for what it is cannot be told from the fingerprint.
    const rotated = secret.split('').reverse().join('')
    expect((await facts({ secret: rotated })).configuration).toBe(first.configuration)
    const others: Partial<SallyportOptions>[] = [
      { allowedIps: ['127.0.0.0/8'] },
      { drift: 'refuse' },
      { previousSecret: rotated },
    ]
    for (const options of others) expect((await facts(options)).configuration).not.toBe(first.configuration)
    const weak = await facts({ secret: 'short', environment: 'test' })
    expect(weak.warnings).toEqual([expect.stringContaining('secret_weak')])
    expect(JSON.stringify(await recordsOf(database))).not.toContain(secret)
  } finally {
    await own.destroy()
    await database.drop()
  }
})

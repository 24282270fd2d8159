import { promises as fs } from 'node:fs'
import path from 'node:path'
import { FileMigrationProvider, Kysely, Migrator, PostgresDialect } from 'kysely'
import pg from 'pg'
import { contender } from './contender.js'

let db
let migrator

contender({
  prepare: async ({ url, dir }) => {
    db = new Kysely({ dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: url }) }) })
    const provider = new FileMigrationProvider({ fs, path, migrationFolder: `${dir}/kysely` })
    migrator = new Migrator({ db, provider })
  },
  once: async () => {
    const { error } = await migrator.migrateToLatest()
    if (error) throw error
  },
  close: () => db.destroy(),
})

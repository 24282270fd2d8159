import { runner } from 'node-pg-migrate'
import { contender } from './contender.js'

let options

contender({
  prepare: async ({ url, dir }) => {
    options = {
      databaseUrl: url,
      dir: `${dir}/sql`,
      direction: 'up',
      migrationsTable: 'pgmigrations',
      log: () => {},
    }
  },
  once: () => runner(options),
})

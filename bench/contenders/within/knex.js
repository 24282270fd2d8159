import knexFactory from 'knex'
import { contender } from './contender.js'

let knex

contender({
  prepare: async ({ url, dir }) => {
    knex = knexFactory({ client: 'pg', connection: url, migrations: { directory: `${dir}/knex` } })
    await knex.raw('SELECT 1')
  },
  once: () => knex.migrate.latest(),
  close: () => knex.destroy(),
})

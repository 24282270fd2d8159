import knexFactory from 'knex'
import { sallyport } from '../../../dist/src/index.js'
import { contender } from './contender.js'

let knex
let door

contender({
  prepare: async ({ url, dir }) => {
    knex = knexFactory({ client: 'pg', connection: url, migrations: { directory: `${dir}/knex` } })
    door = sallyport({
      knex,
      secret: 'b3f1c2d4e5a69788b3f1c2d4e5a69788',
      otherSecrets: [],
      allowedIps: ['127.0.0.1'],
      trustedProxies: [],
    })
  },
  once: async () => {
    const outcome = await door.migrate()
    if (outcome.status === 'failed') throw new Error(outcome.detail)
  },
  close: async () => {
    await door.close()
    await knex.destroy()
  },
})

import { createEngine } from '../../../dist/src/runs/create-engine.js'
import { projectFromKnex } from '../../../dist/src/project/project.js'
import knexFactory from 'knex'

const logger = { error() {}, warn() {}, info() {}, debug() {} }

/** The engine over a database: what `sallyport journal verify` asks. */
export function openJournal({ url, dir }) {
  const knex = knexFactory({ client: 'pg', connection: url, migrations: { directory: `${dir}/knex` } })
  const engine = createEngine({
    project: projectFromKnex(knex),
    schema: 'sallyport',
    lockTimeoutMs: 1_000,
    statementTimeoutMs: 0,
    budgetMs: 60_000,
    drift: 'warn',
    release: '1.0.0',
    logger,
  })
  return {
    engine,
    close: async () => {
      await engine.close()
      await knex.destroy()
    },
  }
}

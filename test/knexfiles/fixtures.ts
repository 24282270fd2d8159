import type { Fixture } from './projects.js'

/** Each is a project as people have it: a knexfile and migrations, in one of the ways in which knex takes them. */
export const fixtures: readonly (Fixture & { readonly what: string })[] = [
  {
    name: 'environments',
    what: 'an entry per environment, picked by NODE_ENV',
    knexfile: 'knexfile.cjs',
    firstHalf: /00[12]_/,
    env: { NODE_ENV: 'production' },
  },
  {
    name: 'environments',
    what: 'an entry per environment, without NODE_ENV',
    knexfile: 'knexfile.cjs',
    firstHalf: /00[12]_/,
  },
  {
    name: 'function',
    what: 'a function, a connection object, asyncStackTraces, userParams',
    knexfile: 'knexfile.js',
    firstHalf: /2024010[12]/,
  },
  {
    name: 'async-function',
    what: 'an async function in ESM, a connection function, ESM migrations',
    knexfile: 'knexfile.mjs',
    firstHalf: /\/(?:10|1|2)_/,
  },
  {
    name: 'typescript',
    what: 'TypeScript, with a module beside it',
    knexfile: 'knexfile.ts',
    firstHalf: /00[12]_/,
  },
  {
    name: 'schemas',
    what: 'searchPath, schemaName, tableName, pool.afterCreate',
    knexfile: 'knexfile.js',
    firstHalf: /00[12]_/,
    before: 'create schema "App Data"; create schema "migration history"',
  },
  {
    name: 'snake-case',
    what: 'wrapIdentifier and postProcessResponse',
    knexfile: 'knexfile.js',
    firstHalf: /00[12]_/,
  },
  {
    name: 'directories',
    what: 'several directories as one list, loadExtensions',
    knexfile: 'knexfile.cjs',
    firstHalf: /00[12]_/,
  },
  {
    name: 'directories-apart',
    what: 'several directories one after the other',
    knexfile: 'knexfile.cjs',
    firstHalf: /second/,
  },
  {
    name: 'hooks',
    what: 'hooks around one transaction',
    knexfile: 'knexfile.js',
    firstHalf: /00[12]_/,
  },
  {
    name: 'mixed',
    what: 'hooks, and migrations in and outside a transaction in one batch',
    knexfile: 'knexfile.js',
    firstHalf: /00[1-3]_/,
  },
  {
    name: 'transactions-disabled',
    what: 'disableTransactions, and migrations that want one',
    knexfile: 'knexfile.cjs',
    // knex's command line overwrites the knexfile's setting with its own.
    latest: ['--disable-transactions'],
    firstHalf: /00[12]_/,
  },
  {
    name: 'source',
    what: 'a migrationSource of its own, over SQL files',
    knexfile: 'knexfile.js',
    firstHalf: /v1\.[01]/,
  },
  {
    name: 'type-parsers',
    what: 'types of the driver parsed otherwise for the whole process',
    knexfile: 'knexfile.js',
    firstHalf: /00[12]_/,
  },
]

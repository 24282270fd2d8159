import type { Inspection } from '../postgres/inspection.js'
import type { TableGrants } from '../postgres/role.js'
import type { Names } from './configuration.js'
import { fail, pass, unknown, warn, type Finding } from './item.js'

/** The oldest and newest major version of PostgreSQL that are supported. */
export interface SupportedVersions {
  readonly oldest: number
  readonly newest: number
}

/** Reached, and not a standby. */
export function databaseReachable({ role, server }: Inspection, names: Names): Finding {
  const where = `${role.database} as ${role.name}, PostgreSQL ${server.version}`
  if (role.standby) {
    return fail(
      `${where}: a standby, where nothing can be written.`,
      `Point ${names.connection} at the primary.`,
    )
  }
  if (role.readOnly) {
    return fail(
      `${where}: default_transaction_read_only is on, so that a run can write nothing.`,
      `Give ${names.connection} a role for which it is off.`,
    )
  }
  return pass(`${where}.`)
}

/** Between the oldest supported and the newest tried. */
export function databaseVersion({ server }: Inspection, { oldest, newest }: SupportedVersions): Finding {
  const major = Math.floor(server.versionNumber / 10_000)
  const supported = `${oldest} to ${newest}`
  if (major < oldest) {
    return fail(
      `PostgreSQL ${server.version} is older than ${supported}.`,
      'Upgrade the server; runs are refused until then.',
    )
  }
  if (major > newest) {
    return warn(
      `PostgreSQL ${server.version} is newer than ${supported}, with which this release was tried.`,
      'Upgrade Sallyport, or try it on a copy first.',
    )
  }
  return pass(`PostgreSQL ${server.version}; ${supported} are supported.`)
}

/** What a run would be refused for, then what it should not be able to do. */
export function databaseRole({ role, grants, server }: Inspection): Finding {
  if (role.superuser) {
    return warn(
      `${role.name} is a superuser: a leaked connection string owns the server, and nothing in it can be protected from a migration.`,
      'Give migrations a role of their own that owns the schema it changes, and nothing else.',
    )
  }
  if ('unseen' in grants) return unknown(`${grants.unseen}.`, 'Mend what the server says, then look again.')
  const { schema, bookkeeping, createInDatabase, tables } = grants.value
  if (server.schema === null || schema === null) {
    return fail(
      'The search path names no schema that exists, so no table can be created.',
      'Create the schema, or change `schemaName` or `searchPath` in the knexfile.',
    )
  }
  const lacking = [
    ...(schema.usage && schema.create ? [] : [`GRANT USAGE, CREATE ON SCHEMA ${schema.name}`]),
    ...bookkeepingLacks(bookkeeping, createInDatabase, role.database),
    ...tables.flatMap(tableLacks),
  ]
  if (lacking.length === 0)
    return pass(`${role.name} may create and change what a run needs, and is no superuser.`)
  return fail(
    `${role.name} lacks rights without which a run is refused.`,
    lacking.map((grant) => `${grant} TO ${role.name};`).join(' '),
  )
}

function bookkeepingLacks(
  bookkeeping: { readonly name: string; readonly usage: boolean } | null,
  createInDatabase: boolean,
  database: string,
): readonly string[] {
  if (bookkeeping === null) return createInDatabase ? [] : [`GRANT CREATE ON DATABASE ${database}`]
  return bookkeeping.usage ? [] : [`GRANT USAGE ON SCHEMA ${bookkeeping.name}`]
}

function tableLacks({ name, lacking }: TableGrants): readonly string[] {
  return lacking.length === 0 ? [] : [`GRANT ${lacking.join(', ')} ON ${name}`]
}

/** Which way the locks of a run go. */
export function databasePooler({ server }: Inspection, names: Names): Finding {
  if (server.direct) {
    return pass(
      'Direct: a migration outside a transaction holds the fence in its session, and a successor waits for, or ends, exactly that session.',
    )
  }
  return warn(
    'Through a connection pooler. The run lock and transactional migrations hold their locks within transactions, which is safe; for a migration outside a transaction only the mark in its statements tells whose it is, and a window of one statement remains in which two could meet.',
    `Give ${names.connection} a direct connection to the server; that closes the window.`,
  )
}

/** Direct sessions lift what would cut a migration; through a pooler a SET goes astray. */
export function databaseTimeouts({ role, server }: Inspection): Finding {
  const lifted = server.direct ? ['statement_timeout', 'lock_timeout', 'transaction_timeout'] : []
  const hurting = role.timeouts.filter(({ name }) => !lifted.includes(name))
  const told = role.timeouts.map(({ name, ms, source }) => `${name} = ${ms} ms (${source})`).join(', ')
  if (hurting.length === 0) {
    return pass(
      told ? `${told}: each run sets its own instead.` : 'Neither role nor database nor server sets one.',
    )
  }
  const names = hurting.map(({ name }) => name)
  const reset = names.map((name) => `Lift it by ALTER ROLE ${role.name} SET ${name} = 0;`).join(' ')
  const consequences = names.map((name) => consequenceOf[name] ?? 'it can cut a run short').join('; ')
  return warn(`${told}. What hurts: ${consequences}.`, reset)
}

const consequenceOf: Readonly<Record<string, string>> = {
  statement_timeout:
    'statement_timeout cannot be lifted through a pooler, so migrations outside a transaction are refused',
  lock_timeout:
    'lock_timeout cannot be lifted through a pooler, so migrations outside a transaction are refused',
  transaction_timeout:
    'transaction_timeout cannot be lifted through a pooler, and ends a statement outside a transaction that takes longer',
  idle_session_timeout: 'idle_session_timeout ends the kept connection while nothing is asked of it',
}

/** Left by a build that failed: they cost every write, and serve no query. */
export function invalidIndexes({ invalidIndexes: seen }: Inspection): Finding {
  if ('unseen' in seen) return unknown(`${seen.unseen}.`, 'Mend what the server says, then look again.')
  if (seen.value.length === 0) return pass('None is.')
  return warn(
    `${seen.value.join(', ')}: slows every write, serves no query, and IF NOT EXISTS takes it for done.`,
    'REINDEX INDEX CONCURRENTLY each, or DROP INDEX CONCURRENTLY and let its migration build it anew.',
  )
}

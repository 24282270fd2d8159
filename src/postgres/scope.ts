import { identifier, qualified } from './identifiers.js'
import { lockKey, type LockKey } from './lock-key.js'
import type { ServerFacts } from './server.js'
import type { Project } from '../project/project.js'

/** The names under which one migrations table is run: its own, knex's lock table, our bookkeeping, and the locks. */
export interface Scope {
  /** `schema.table`: two migrations tables in one database are run independently of each other. */
  readonly name: string
  readonly schema: string
  /** Of the migrations table, as it is. */
  readonly table: string
  /** Quoted and qualified. */
  readonly history: string
  readonly knexLock: string
  /** Quoted schema of the bookkeeping tables. */
  readonly bookkeeping: string
  readonly bookkeepingSchema: string
  readonly runKey: LockKey
  readonly fenceKey: LockKey
}

/** Fails where the search path names no schema that exists, since nothing could be created then. */
export function scopeOf(project: Project, facts: ServerFacts, bookkeepingSchema: string): Scope {
  const schema = facts.schema ?? 'public'
  const name = `${schema}.${project.tableName}`
  return Object.freeze({
    name,
    schema,
    table: project.tableName,
    history: qualified(schema, project.tableName),
    knexLock: qualified(schema, `${project.tableName}_lock`),
    bookkeeping: identifier(bookkeepingSchema),
    bookkeepingSchema,
    runKey: lockKey('run', name),
    fenceKey: lockKey('fence', name),
  })
}

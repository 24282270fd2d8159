import type { Project } from '../project/project.js'
import { faultOf } from './errors.js'
import { readKnexLock, type KnexLockRow } from './history.js'
import { readJournalGuard, type JournalGuard } from './journal-guard.js'
import { readInvalidIndexes } from './invalid-indexes.js'
import { readGrants, readRole, type Grants, type RoleFacts } from './role.js'
import { scopeOf, type Scope } from './scope.js'
import { readServerFacts, type ServerFacts } from './server.js'
import { openSession, type Query, type Session } from './session.js'
import { findTables } from './state.js'

/** What one look could see, or why it could not. */
export type Seen<T> = { readonly value: T } | { readonly unseen: string }

/** What the production checklist asks of a database. Nothing here was written, created or locked to learn it. */
export interface Inspection {
  readonly server: ServerFacts
  readonly role: RoleFacts
  readonly grants: Seen<Grants>
  /** Undefined where there is no lock table yet. */
  readonly knexLock: Seen<readonly KnexLockRow[] | undefined>
  readonly journal: Seen<JournalLook>
  /** Null where there is no journal. */
  readonly journalGuard: Seen<JournalGuard | null>
  /** Quoted, qualified names. */
  readonly invalidIndexes: Seen<readonly string[]>
}

/** What verification of the journal found. */
export type JournalLook =
  | { readonly intact: true; readonly seq: number; readonly hash: string }
  | { readonly intact: false; readonly seq: number | null; readonly reason: string }
  | { readonly exists: false; readonly reason: string }

/** Verifies the journal by short reads; `journal/` has it, which lies above. */
export type VerifyJournal = (
  read: <T>(work: (query: Query) => Promise<T>) => Promise<T>,
  scope: Scope,
) => Promise<JournalLook>

/**
 * Looks at the database on a connection of its own: a look that fails or lasts must not cost a run its lock. Rejects
 * with the driver's error where there is no way in; a single look that is refused is told as `unseen`.
 */
export async function inspectDatabase(
  project: Project,
  schema: string,
  verify: VerifyJournal,
): Promise<Inspection> {
  const session = await openSession(project, 'sallyport check')
  try {
    const server = await readServerFacts(session, project)
    const role = await readRole(session.query)
    const scope = scopeOf(project, server, schema)
    return Object.freeze({
      server,
      role,
      grants: await look(session, (query) => readGrants(query, scope)),
      knexLock: await look(session, (query) => lockRows(query, scope)),
      journal: await seen(session, () => verify((work) => readOnly(session, work), scope)),
      journalGuard: await look(session, (query) => readJournalGuard(query, scope)),
      invalidIndexes: await look(session, readInvalidIndexes),
    })
  } finally {
    await session.close()
  }
}

async function lockRows(query: Query, scope: Scope): Promise<readonly KnexLockRow[] | undefined> {
  const { knexLock } = await findTables(query, scope)
  return knexLock ? readKnexLock(query, scope) : undefined
}

function look<T>(session: Session, work: (query: Query) => Promise<T>): Promise<Seen<T>> {
  return seen(session, () => readOnly(session, work))
}

/** Works in a transaction that the server itself keeps from writing, and that waits for nobody for long. */
async function readOnly<T>({ query }: Session, work: (query: Query) => Promise<T>): Promise<T> {
  try {
    await query(
      `BEGIN TRANSACTION READ ONLY; SET LOCAL lock_timeout = '1s'; SET LOCAL statement_timeout = '10s'`,
    )
    const value = await work(query)
    await query('COMMIT')
    return value
  } catch (error) {
    await query('ROLLBACK').catch(() => undefined)
    throw error
  }
}

/** What was refused is told; a lost connection ends the whole look. */
async function seen<T>({ lost }: Session, work: () => Promise<T>): Promise<Seen<T>> {
  try {
    return { value: await work() }
  } catch (error) {
    if (lost.aborted) throw error
    return { unseen: faultOf(error).message }
  }
}

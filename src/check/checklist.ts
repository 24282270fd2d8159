import type { Inspection } from '../postgres/inspection.js'
import type { Status } from '../runs/engine.js'
import type { Failed } from '../runs/outcome.js'
import { checkKinds, type CheckId } from './catalog.js'
import type { Configuration } from './configuration.js'
import * as database from './database.js'
import { fail, itemOf, pass, unknown, warn, type CheckItem, type CheckStatus, type Finding } from './item.js'
import * as journal from './journal.js'
import * as migrations from './migrations.js'
import * as network from './network.js'
import * as secrets from './secrets.js'

/** Everything that was gathered; the rules look at nothing else. */
export interface CheckFacts {
  readonly configuration: Configuration
  /** What kept the look from the database, or what it saw. */
  readonly database: Inspection | Failed
  readonly status: Status | Failed
  readonly drift: 'warn' | 'refuse'
  readonly versions: database.SupportedVersions
  readonly now: Date
}

/** The production checklist, as the door and the command line tell it. */
export interface Checklist {
  /** The worst of the items. */
  readonly status: CheckStatus
  readonly environment: string
  readonly release: string
  /** ISO 8601. */
  readonly checkedAt: string
  /** `unknown` are among `warn`. */
  readonly summary: Readonly<Record<CheckStatus | 'unknown', number>>
  readonly items: readonly CheckItem[]
}

/** Judges the facts: every item, always in the same order. Pure. */
export function judge(facts: CheckFacts): Checklist {
  const { configuration, now } = facts
  const findings: Readonly<Record<CheckId, Finding>> = {
    ...configured(configuration, now),
    ...seen(facts),
    ...compared(facts),
  }
  const items = (Object.keys(checkKinds) as CheckId[]).map((id) => itemOf(id, findings[id]))
  const count = (status: CheckStatus): number => items.filter((item) => item.status === status).length
  const summary = {
    pass: count('pass'),
    warn: count('warn'),
    fail: count('fail'),
    unknown: items.filter((item) => item.unknown).length,
  }
  return Object.freeze({
    status: summary.fail > 0 ? 'fail' : summary.warn > 0 ? 'warn' : 'pass',
    environment: configuration.environment.name,
    release: configuration.release,
    checkedAt: now.toISOString(),
    summary,
    items,
  })
}

function configured(facts: Configuration, now: Date) {
  return {
    secret_set: secrets.secretSet(facts),
    secret_distinct: secrets.secretDistinct(facts),
    secret_strong: secrets.secretStrong(facts),
    secret_rotation: secrets.secretRotation(facts, now),
    secret_files: secrets.secretFiles(facts),
    no_fallback: secrets.noFallback(facts),
    separation_enforced: secrets.separationEnforced(facts),
    endpoint: network.endpoint(facts),
    allowlist: network.allowlist(facts),
    allowlist_file: network.allowlistFile(facts),
    tls: network.tls(facts),
    alerts: facts.alerts
      ? pass(`${facts.names.alerts} is set.`)
      : warn(
          `${facts.names.alerts} is not set: a refused start or a failed run is in the log only.`,
          `Set ${facts.names.alerts}, or alert by the log and by /metrics.`,
        ),
  }
}

/** What the connection of the look itself tells. */
function seen({ configuration: { names }, database: found, status, versions }: CheckFacts) {
  const known = 'code' in status ? undefined : status
  if ('code' in found) {
    const out = unknown('the database cannot be reached.', 'Mend the connection first; then look again.')
    return {
      database_reachable: fail(
        found.detail,
        `Check ${names.connection}: host, port, database, role, password, network.`,
      ),
      database_version: out,
      database_role: out,
      database_pooler: out,
      database_timeouts: out,
      journal_intact: out,
      journal_protected: out,
      knex_lock: out,
      invalid_indexes: out,
    }
  }
  return {
    database_reachable: database.databaseReachable(found, names),
    database_version: database.databaseVersion(found, versions),
    database_role: database.databaseRole(found),
    database_pooler: database.databasePooler(found, names),
    database_timeouts: database.databaseTimeouts(found),
    journal_intact: journal.journalIntact(found, known),
    journal_protected: journal.journalProtected(found),
    knex_lock: migrations.knexLock(found, known),
    invalid_indexes: database.invalidIndexes(found),
  }
}

/** The files against the database; without one of the two there is nothing to compare. */
function compared({ database: found, status, drift }: CheckFacts) {
  if ('code' in status) {
    const why = 'code' in found ? 'the database cannot be reached.' : status.detail
    const out = unknown(why, 'Mend that first; then look again.')
    const broken = status.code === 'files_invalid'
    return {
      drift: out,
      unresolved: out,
      pending: broken ? fail(status.detail, 'Mend the files, or MIGRATIONS_DIR, and deploy them.') : out,
    }
  }
  return {
    drift: migrations.drift(status, drift),
    unresolved: migrations.unresolved(status),
    pending: migrations.pending(status),
  }
}

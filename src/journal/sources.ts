import { literal } from '../postgres/identifiers.js'
import type { Scope } from '../postgres/scope.js'
import { extensionPattern } from '../project/migration.js'
import type { EntrySource } from './record.js'

/** As ISO 8601 in UTC, whatever the session's DateStyle; null where there is none. */
export const iso = (time: string): string =>
  `to_char(${time} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`

/** A text or a number as JSON; null where there is none. */
const json = (value: string): string => `coalesce(to_json(${value})::text, 'null')`

/** An object in canonical form. The names are sorted here; the values are SQL expressions of JSON texts. */
function object(members: Readonly<Record<string, string>>): string {
  const written = Object.entries(members)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value], index) => `${literal(`${index === 0 ? '{' : ','}"${name}":`)} || ${value}`)
  return `${written.join(' || ')} || '}'`
}

/**
 * Each migration that a run has committed and that is not yet in the chain. Its unchained row was written in its own
 * transaction, so it is there exactly if the migration is; whoever comes first seals it, once.
 */
export function unsealedMigrations(scope: Scope): EntrySource {
  const data = object({
    appliedAt: json(iso('m.applied_at')),
    checksum: json('m.checksum'),
    durationMs: json('m.duration_ms'),
    recordedAs: json('m.recorded_as'),
  })
  return `SELECT 'migration_applied'::text AS kind, m.run_id, m.name AS subject, ${data} AS data,
      ${iso('m.applied_at')} AS ord
    FROM ${scope.bookkeeping}.migrations m WHERE ${unsealed(scope)}`
}

function unsealed({ bookkeeping: b, name }: Scope): string {
  return `m.scope = ${literal(name)} AND m.origin = 'run' AND m.run_id IS NOT NULL
    AND NOT EXISTS (SELECT FROM ${b}.journal j WHERE j.scope = m.scope AND j.subject = m.name
      AND j.kind = 'migration_applied' AND j.run_id = m.run_id)`
}

/**
 * How these runs ended, by their rows in `runs`, written in the same transaction; each once. `recovered`: another process
 * settled a run whose own had died.
 */
export function endedRuns(scope: Scope, runIds: readonly string[], recovered: boolean): EntrySource {
  const b = scope.bookkeeping
  const ids = runIds.map((id) => `${literal(id)}::uuid`)
  const data = object({
    applied: `jsonb_array_length(r.applied)::text`,
    cancelRequestedBy: `CASE WHEN r.cancel_requested IS NULL THEN 'null' ELSE ${object({
      address: json(`r.cancel_requested->>'address'`),
      credential: json(`r.cancel_requested->>'credential'`),
      declared: json(`r.cancel_requested->>'declared'`),
      requestId: json(`r.cancel_requested->>'requestId'`),
    })} END`,
    code: json(`r.failure->>'code'`),
    durationMs: `round(extract(epoch FROM r.ended_at - r.started_at) * 1000)::bigint::text`,
    endedAt: json(iso('r.ended_at')),
    migration: json(`r.failure->>'migration'`),
    outcome: json('r.status'),
    planned: `jsonb_array_length(r.plan)::text`,
    recovered: `'${String(recovered)}'`,
    sqlState: json(`r.failure->>'sqlState'`),
    startedAt: json(iso('r.started_at')),
  })
  return `SELECT 'run_ended'::text AS kind, r.id AS run_id, NULL::text AS subject, ${data} AS data,
      ${iso('r.ended_at')} AS ord
    FROM ${b}.runs r WHERE r.id = ANY (ARRAY[${ids.join(', ')}]::uuid[]) AND r.ended_at IS NOT NULL
      AND NOT EXISTS (SELECT FROM ${b}.journal j WHERE j.run_id = r.id AND j.kind = 'run_ended')`
}

/**
 * What others did to knex's table since the journal last told of it: rows that no run wrote, and rows that vanished. Each
 * change is told once, because the newest record about a migration says what the journal takes for true.
 */
export function outsideChanges(scope: Scope): EntrySource {
  const { bookkeeping: b, history } = scope
  const here = literal(scope.name)
  const present = `'migration_applied', 'resolved_applied', 'outside_added'`
  const row = object({
    batch: json('h.batch'),
    checksum: json(
      `(SELECT m.checksum FROM ${b}.migrations m WHERE m.scope = ${here} AND m.name = h.subject)`,
    ),
    recordedAs: json('h.recorded_as'),
  })
  return `WITH history AS (
      SELECT regexp_replace(name, ${literal(extensionPattern)}, '') AS subject, max(name) AS recorded_as, max(batch) AS batch
      FROM ${history} WHERE name IS NOT NULL GROUP BY 1),
    told AS (
      SELECT DISTINCT ON (subject) subject, kind FROM (
        SELECT subject, kind, seq FROM ${b}.journal
        WHERE scope = ${here} AND subject IS NOT NULL AND kind IN (${present}, 'outside_removed')
        UNION ALL SELECT m.name, 'migration_applied', 9223372036854775807
        FROM ${b}.migrations m WHERE ${unsealed(scope)}) every
      ORDER BY subject, seq DESC)
    SELECT 'outside_added'::text AS kind, NULL::uuid AS run_id, h.subject, ${row} AS data, '0' || h.subject AS ord
    FROM history h LEFT JOIN told t USING (subject) WHERE t.kind IS NULL OR t.kind = 'outside_removed'
    UNION ALL
    SELECT 'outside_removed', NULL, t.subject, '{}', '1' || t.subject
    FROM told t WHERE t.kind IN (${present}) AND NOT EXISTS (SELECT FROM history h WHERE h.subject = t.subject)`
}

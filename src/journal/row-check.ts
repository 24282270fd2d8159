import type { Scope } from '../postgres/scope.js'
import type { Query } from '../postgres/session.js'
import type { Contradiction } from './cross-check.js'
import { iso } from './sources.js'

/**
 * Rows of `runs` and `migrations` that say something else than their records do; each statement is one snapshot. At most
 * ten; none where they agree. The records were verified before, so that their texts can be taken apart.
 */
export async function changedRows(query: Query, { bookkeeping: b }: Scope): Promise<Contradiction[]> {
  for (const statement of [changedRuns(b), changedMigrations(b)]) {
    const rows = await query<{ seq: string | null; reason: string }>(`${statement} ORDER BY 1 LIMIT 10`)
    if (rows.length > 0)
      return rows.map(({ seq, reason }) => ({ seq: seq === null ? null : Number(seq), reason }))
  }
  return []
}

/**
 * A cancellation may be asked for after the end; then the record has none, and the row's is working state. OFFSET 0 keeps
 * the planner from taking each text apart anew for each of its members.
 */
const changedRuns = (b: string): string => `WITH told AS (
      SELECT r.*, s.seq AS start_seq, s.record::jsonb->'data' AS began, e.seq AS end_seq, e.record::jsonb->'data' AS over
      FROM ${b}.runs r JOIN ${b}.journal s ON s.seq = r.journal_seq AND s.kind = 'run_started'
      LEFT JOIN ${b}.journal e ON e.run_id = r.id AND e.kind = 'run_ended' OFFSET 0)
    SELECT seq, format('the table of runs says another %s of run %s than record %s: the row was changed.', what, id, seq) AS reason
    FROM told, LATERAL (VALUES
      (start_seq, 'actor', actor = began->'actor'),
      (start_seq, 'plan', plan = began->'plan'),
      (start_seq, 'release', release = began#>>'{boot,release}'),
      (start_seq, 'batch', batch::text = began->>'batch'),
      (end_seq, 'beginning', ${iso('started_at')} = over->>'startedAt'),
      (end_seq, 'end', ${iso('ended_at')} = over->>'endedAt'),
      (end_seq, 'number of applied migrations', (CASE jsonb_typeof(applied) WHEN 'array' THEN jsonb_array_length(applied) END)::text = over->>'applied'),
      (end_seq, 'error', (failure->>'code', failure->>'migration', failure->>'sqlState')
        IS NOT DISTINCT FROM (over->>'code', over->>'migration', over->>'sqlState')),
      (end_seq, 'cancellation', over->'cancelRequestedBy' = 'null' OR over->'cancelRequestedBy' = jsonb_build_object(
        'address', cancel_requested->>'address', 'credential', cancel_requested->>'credential',
        'declared', cancel_requested->>'declared', 'requestId', cancel_requested->>'requestId'))
    ) AS member(seq, what, same)
    WHERE seq IS NOT NULL AND same IS DISTINCT FROM true`

/** The newest record of a kind about each migration. */
const newest = (b: string, name: string, kinds: string, where = 'true'): string => `${name} AS (
      SELECT DISTINCT ON (scope, subject) scope, subject, seq, kind, run_id, data FROM (
        SELECT scope, subject, seq, kind, run_id, record::jsonb->'data' AS data
        FROM ${b}.journal WHERE subject IS NOT NULL AND kind IN (${kinds}) OFFSET 0) found
      WHERE ${where} ORDER BY scope, subject, seq DESC)`

const done = `'migration_applied', 'resolved_applied'`

/** What a run has written that has not ended is not in the chain yet, and hides what was there before. */
const changedMigrations = (b: string): string => `WITH settled AS (
      SELECT m.*, r.id IS NOT NULL AND r.journal_seq IS NULL AS unjournaled
      FROM ${b}.migrations m LEFT JOIN ${b}.runs r ON r.id = m.run_id
      WHERE m.run_id IS NULL OR r.id IS NULL OR r.ended_at IS NOT NULL),
    ${newest(b, 'applied', done)},
    ${newest(b, 'accepted', `'drift_accepted'`)},
    ${newest(b, 'summed', `${done}, 'outside_added', 'drift_accepted'`, `data->>'checksum' IS NOT NULL`)}
    (${removedMigrations(b)}) UNION ALL (${addedMigrations(b)}) UNION ALL (${differingMigrations})`

const removedMigrations = (
  b: string,
): string => `SELECT a.seq, format('record %s says that %s was applied, and the table of migrations has no such row: it was removed.', a.seq, a.subject) AS reason
    FROM applied a LEFT JOIN ${b}.migrations m ON m.scope = a.scope AND m.name = a.subject WHERE m.name IS NULL`

const addedMigrations = (
  b: string,
): string => `SELECT NULL, format('the table of migrations says that %s was applied by a run, or decided by a person, and the journal does not: the row was added by hand.', m.name)
    FROM settled m LEFT JOIN applied a ON a.scope = m.scope AND a.subject = m.name
    WHERE m.origin <> 'outside' AND a.seq IS NULL AND NOT m.unjournaled
      AND m.applied_at >= (SELECT (record::jsonb->>'at')::timestamptz FROM ${b}.journal ORDER BY seq LIMIT 1)`

const differingMigrations = `SELECT nullif(member.seq, 0), format('the table of migrations says another %s of %s than %s: the row was changed.', what, m.name,
      CASE member.seq WHEN 0 THEN 'the journal' ELSE 'record ' || member.seq END)
    FROM settled m LEFT JOIN applied a ON a.scope = m.scope AND a.subject = m.name
    LEFT JOIN accepted d ON d.scope = m.scope AND d.subject = m.name
    LEFT JOIN summed c ON c.scope = m.scope AND c.subject = m.name,
    LATERAL (VALUES
      (a.seq, 'origin', (m.origin, m.run_id) IS NOT DISTINCT FROM
        (CASE a.kind WHEN 'migration_applied' THEN 'run' ELSE 'resolved' END, a.run_id)),
      (CASE a.kind WHEN 'migration_applied' THEN a.seq END, 'time, duration or file name',
        (${iso('m.applied_at')}, m.duration_ms::text, m.recorded_as) IS NOT DISTINCT FROM
        (a.data->>'appliedAt', a.data->>'durationMs', a.data->>'recordedAs')),
      (c.seq, 'checksum', m.checksum IS NOT DISTINCT FROM c.data->>'checksum'),
      (CASE WHEN m.accepted IS NOT NULL THEN coalesce(d.seq, a.seq, 0) END, 'acceptance',
        m.accepted = jsonb_build_object('reason', d.data->'reason', 'actor', d.data->'actor'))
    ) AS member(seq, what, same)
    WHERE member.seq IS NOT NULL AND same IS DISTINCT FROM true`

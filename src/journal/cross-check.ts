import { literal } from '../postgres/identifiers.js'
import type { Scope } from '../postgres/scope.js'
import type { Query } from '../postgres/session.js'

/** Where a live table and the journal do not say the same. */
export interface Contradiction {
  /** Of the record concerned; null where it is one that is missing. */
  readonly seq: number | null
  readonly reason: string
}

/**
 * Why a journal that is not there must have been: runs of the table name records of it. Null where none does.
 */
export async function lostJournal(query: Query, { bookkeeping: b }: Scope): Promise<string | null> {
  const [there] = await query<{ runs: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass(${literal(`${b}.runs`)})
      AND attname = 'journal_seq' AND NOT attisdropped) AS runs`,
  )
  if (there?.runs !== true) return null
  const [row] = await query<{ count: string; id: string }>(
    `SELECT count(*) AS count, (array_agg(id ORDER BY started_at DESC))[1] AS id FROM ${b}.runs WHERE journal_seq IS NOT NULL`,
  )
  if (row === undefined || row.count === '0') return null
  return `the journal is gone: ${row.count} runs of the table of runs were recorded in it, the newest being ${row.id}. It was dropped or renamed.`
}

/**
 * The tables `runs` and `migrations` against the chain, in one statement and so by one snapshot: they are committed with
 * their records, so whoever changes only one of the two is found. Finds a cut tail without an anchor where a run lay in
 * it. At most ten; none where they agree.
 */
export async function contradictions(query: Query, { bookkeeping: b }: Scope): Promise<Contradiction[]> {
  const rows = await query<{ seq: string | null; reason: string }>(
    `WITH first AS (SELECT (record::json->>'at')::timestamptz AS at FROM ${b}.journal ORDER BY seq LIMIT 1),
      run AS (
        SELECT r.id, r.status, r.journal_seq, r.ended_at, s.kind AS kind_there, s.run_id AS run_there,
          e.seq AS end_seq, e.record::json->'data'->>'outcome' AS outcome,
          r.started_at >= (SELECT at FROM first) AS since
        FROM ${b}.runs r LEFT JOIN ${b}.journal s ON s.seq = r.journal_seq
        LEFT JOIN LATERAL (SELECT j.seq, j.record FROM ${b}.journal j
          WHERE j.run_id = r.id AND j.kind = 'run_ended' ORDER BY j.seq LIMIT 1) e ON true)
    (${runProblems}) UNION ALL (${vanishedRuns(b)}) UNION ALL (${endedTwice(b)}) UNION ALL (${unsealed(b)})
    UNION ALL (${unheardOf(b)}) LIMIT 10`,
  )
  return rows.map(({ seq, reason }) => ({ seq: seq === null ? null : Number(seq), reason }))
}

const runProblems = `SELECT coalesce(end_seq, journal_seq) AS seq, CASE
      WHEN journal_seq IS NULL THEN format('run %s is in the table of runs, but nothing of it is in the journal: the row was added by hand, or its records were removed.', id)
      WHEN kind_there IS NULL THEN format('the journal has no record %s, where run %s began: its end was cut off.', journal_seq, id)
      WHEN kind_there <> 'run_started' OR run_there <> id THEN format('record %s is not the beginning of run %s: the journal was cut off and written anew.', journal_seq, id)
      WHEN end_seq IS NULL THEN format('run %s has ended as %s, but the journal does not say so: its end was cut off, or the row was changed.', id, status)
      ELSE format('run %s ended as %s by the journal, and as %s by the table of runs: the row was changed.', id, outcome, status) END AS reason
    FROM run WHERE CASE WHEN journal_seq IS NULL THEN since
      ELSE kind_there IS NULL OR kind_there <> 'run_started' OR run_there IS DISTINCT FROM id
        OR (ended_at IS NOT NULL AND outcome IS DISTINCT FROM status)
        OR (ended_at IS NULL AND end_seq IS NOT NULL) END
    ORDER BY 1`

/** A run's row is written with its first record, and stays. */
const vanishedRuns = (
  b: string,
): string => `SELECT min(j.seq) AS seq, format('run %s is in the journal, but not in the table of runs: the row was removed, or the record was appended by hand.', j.run_id) AS reason
    FROM ${b}.journal j WHERE j.run_id IS NOT NULL AND NOT EXISTS (SELECT FROM ${b}.runs r WHERE r.id = j.run_id)
    GROUP BY j.run_id ORDER BY 1`

const endedTwice = (
  b: string,
): string => `SELECT max(j.seq) AS seq, format('run %s ends more than once: a record was appended by hand.', j.run_id) AS reason
    FROM ${b}.journal j WHERE j.kind = 'run_ended' AND j.run_id IS NOT NULL
    GROUP BY j.run_id HAVING count(*) > 1 ORDER BY 1`

/** Of a run that goes on they are not there yet. */
const unsealed = (
  b: string,
): string => `SELECT r.journal_seq, format('the journal does not say that run %s applied %s: the record was removed, or the row was added by hand.', r.id, m.name) AS reason
    FROM ${b}.migrations m JOIN ${b}.runs r ON r.id = m.run_id
    WHERE m.origin = 'run' AND r.ended_at IS NOT NULL AND r.journal_seq IS NOT NULL
      AND NOT EXISTS (SELECT FROM ${b}.journal j WHERE j.scope = m.scope AND j.subject = m.name
        AND j.run_id = m.run_id AND j.kind = 'migration_applied')
    ORDER BY 1`

/** What a run applied is in its row too, from its end on. */
const unheardOf = (
  b: string,
): string => `SELECT j.seq, format('record %s says that run %s applied %s, and the table of runs does not: the record was appended by hand, or the row was changed.', j.seq, r.id, j.subject) AS reason
    FROM ${b}.journal j JOIN ${b}.runs r ON r.id = j.run_id
    WHERE j.kind = 'migration_applied' AND r.ended_at IS NOT NULL AND r.journal_seq IS NOT NULL
      AND NOT r.applied @> jsonb_build_array(jsonb_build_object('name', j.subject,
        'durationMs', coalesce(nullif(j.record::jsonb#>'{data,durationMs}', 'null'), '0')))
    ORDER BY 1`

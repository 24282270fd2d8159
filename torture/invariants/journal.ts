import { ask } from '../ask.js'

/**
 * What is wrong with the journal, computed in the database and so by other code than the product's: the chain, and
 * whether each run and each applied migration is told exactly once and truthfully.
 */
export async function journalViolations(url: string): Promise<string[]> {
  const broken = await ask<{ what: string }>(url, chain)
  const untrue = await ask<{ what: string }>(url, truth)
  return [...broken, ...untrue].map(({ what }) => `journal: ${what}`)
}

const chain = `select format('record %s does not continue the chain', seq) as what from (
    select seq, hash, previous_hash, record, row_number() over (order by seq) as position,
      coalesce(lag(hash) over (order by seq), repeat('0', 64)) as before
    from sallyport.journal) link
  where seq <> position or previous_hash <> before or hash <> encode(sha256(convert_to(record, 'UTF8')), 'hex')
    or (record::json->>'seq')::bigint <> seq or record::json->>'previous' <> before
  order by seq limit 3`

const truth = `select format('run %s: %s beginnings, %s ends, %s', r.id, r.begun, r.ended, r.outcome) as what from (
    select r.id, r.status, r.ended_at, count(*) filter (where j.kind = 'run_started') as begun,
      count(*) filter (where j.kind = 'run_ended') as ended,
      max(j.record::json->'data'->>'outcome') filter (where j.kind = 'run_ended') as outcome
    from sallyport.runs r left join sallyport.journal j on j.run_id = r.id group by 1) r
  where r.begun <> 1 or r.ended <> (r.ended_at is not null)::int or (r.ended = 1 and r.outcome <> r.status)
  union all
  select format('%s is told %s times to have been applied by run %s', m.name, count(j.seq), m.run_id)
  from sallyport.migrations m join sallyport.runs r on r.id = m.run_id
    left join sallyport.journal j on j.run_id = m.run_id and j.subject = m.name and j.kind = 'migration_applied'
  where m.origin = 'run' group by m.name, m.run_id, r.ended_at
  having count(j.seq) <> (r.ended_at is not null)::int
  union all
  select format('run %s is told to have applied %s, and did not', j.run_id, j.subject) from sallyport.journal j
  where j.kind = 'migration_applied' and not exists (
    select from sallyport.migrations m where m.name = j.subject and m.run_id = j.run_id)`

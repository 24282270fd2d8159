const noFixedAddress =
  'the address of this runner is not on the allowlist. GitHub-hosted runners have no fixed addresses: use a self-hosted runner, a static egress, or a Job inside the cluster'

/** What to do about an answer: `final`, `again` until the time is up, or `release`: until one of this release answers. */
export function judge({ status, body, detail }) {
  const text = [body.code, body.detail ?? detail ?? `status ${status}`].filter(Boolean).join(': ')
  if (status === 200) return { kind: 'final', exitCode: 0, text: body.message ?? 'done' }
  if (status === 412)
    return {
      kind: 'release',
      exitCode: 6,
      text: `an old replica answered (it ships ${body.head ?? 'nothing'})`,
    }
  if (body.code === undefined) return unanswered(status, detail, body)
  if (again.has(body.code)) return { kind: 'again', exitCode: exitCodes[body.code] ?? 1, text }
  const advice = advices[body.code]
  return { kind: 'final', exitCode: exitCodes[body.code] ?? 1, text: advice ? `${text} (${advice})` : text }
}

/** Nobody, or somebody who is not the door: a proxy without a backend, one that gave up, a pod that is leaving. */
function unanswered(status, detail, body) {
  if (status === 0 && body.runId) return { kind: 'again', exitCode: 5, text: detail }
  if (status === 202) return { kind: 'again', exitCode: 4, text: 'the run goes on' }
  if (status === 0 || status >= 500 || status === 404)
    return { kind: 'release', exitCode: 5, text: `the door was not reached: ${detail ?? `status ${status}`}` }
  return { kind: 'final', exitCode: 1, text: `something that is not the door answered with ${status}` }
}

/** What another try may find changed. `interrupted`: the next call completes what was left. */
const again = new Set([
  'draining',
  'blocked',
  'database_unavailable',
  'journal_unavailable',
  'still_running',
  'interrupted',
  'too_early',
  'request_timeout',
])

/** As those of the command line. */
const exitCodes = {
  bad_request: 2,
  invalid_option: 2,
  blocked: 4,
  knex_locked: 4,
  still_running: 4,
  database_unavailable: 5,
  unexpected_head: 6,
  drift: 6,
  unresolved: 7,
  misconfigured: 78,
}

const advices = {
  forbidden: noFixedAddress,
  unauthorized: 'the secret is not the one that the door has; was it rotated?',
  too_many_attempts: 'the secret was wrong too often; correct it first',
  migration_failed: 'it was rolled back as the answer says; old pods are untouched. Correct it and ship it',
  drift:
    'the files and the database disagree; the answer lists each finding. Accept them with a reason, or ship what is missing',
  unresolved: 'only a person can tell whether the migration took effect: answer with `resolve`',
  knex_locked: 'a knex command line holds its lock row; when none is running: `sallyport unlock`',
  cancelled: 'somebody cancelled the run; a new call starts a new one',
  misconfigured: 'the door has no secret of its own; see its log',
}

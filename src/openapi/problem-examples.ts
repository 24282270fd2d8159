import { problemKinds, type ProblemCode } from '../problems/catalog.js'
import { problemDocument, type ProblemDocument, type ProblemFacts } from '../problems/document.js'

type Example = Pick<ProblemFacts, 'detail' | 'members'>

const runId = '0197a4c2-7d7e-4000-8000-00000000abcd'
const name = '20250301090000_add_orders_index'

const say = (detail: string, members?: ProblemFacts['members']): Example => ({
  detail,
  ...(members && { members }),
})

/** One example a code, as somebody meets it. By the type there is none without. */
const examples: Readonly<Record<ProblemCode, Example>> = {
  bad_request: say('A request has exactly one Authorization header: "Bearer", a space, the token.'),
  request_timeout: say('The request did not arrive in time.'),
  expectation_failed: say('The only expectation met here is 100-continue.'),
  too_early: say('This request came as early data; send it again after the handshake.'),
  header_fields_too_large: say('The header block may have 16 KiB.'),
  not_implemented: say('The only transfer coding understood here is chunked.'),
  forbidden: say('This address is not on the allowlist.'),
  cross_site: say('A page of another site made this request.'),
  host_not_allowed: say('This listener is local; call it by localhost or a loopback address.'),
  misconfigured: say('The migration secret is not set, or cannot be used. The log of the start says why.'),
  unauthorized: say('The token is not the migration secret.'),
  insufficient_scope: say('The read secret may only look; this method needs the migration secret.'),
  too_many_attempts: say(
    'Too many wrong tokens came from this network. The right one is accepted at any time.',
  ),
  not_found: say('There is nothing under this path.'),
  method_not_allowed: say('This path answers GET, HEAD.'),
  invalid_option: say('An option is unknown or malformed; "errors" lists each. Nothing was run.', {
    errors: [{ pointer: '/dryRun', detail: 'expected boolean' }],
  }),
  payload_too_large: say('The body may have 16 KiB.'),
  unsupported_media_type: say('The body is to be sent as "Content-Type: application/json", in UTF-8.'),
  migration_failed: say(`${name} failed: relation "orders" does not exist. Nothing was applied.`, {
    runId,
    migration: name,
    sqlState: '42P01',
    message: 'relation "orders" does not exist',
    applied: [],
    rolledBack: [name],
  }),
  unexpected_head: say('A replica of another release answered.', { head: '20250201090000_create_orders' }),
  drift: say('The files and the database disagree.', {
    drift: [{ name, kind: 'out_of_order', message: 'pending, but it sorts before an applied one' }],
  }),
  unresolved: say('Nobody can know how far this migration came. Look, then answer with resolve.', {
    unresolved: [name],
  }),
  knex_locked: say('knex’s own lock row is held by somebody else.', { remedy: 'npx knex migrate:unlock' }),
  files_invalid: say('The directory of migrations cannot be read.'),
  blocked: say('The budget was used up waiting for a lock.', {
    runId,
    applied: [],
    blockers: [
      {
        pid: 4711,
        user: 'reports',
        application: 'nightly',
        state: 'idle in transaction',
        since: '2026-03-01T09:58:00.000Z',
        query: 'hidden',
      },
    ],
  }),
  database_unavailable: say('PostgreSQL does not answer at db.internal:5432.'),
  database_misconfigured: say('PostgreSQL refused the password of the migrating role.'),
  journal_unavailable: say('The record of the run could not be written, so nothing was applied.'),
  cancelled: say('The run was cancelled. Nothing was applied.', { runId, applied: [], rolledBack: [name] }),
  interrupted: say('The process that served this run died. What it had committed stays.', {
    runId,
    applied: [],
  }),
  timed_out: say('A statement ran into MIGRATION_STATEMENT_TIMEOUT.', { runId, sqlState: '57014' }),
  draining: say('This process is shutting down. Call again: another replica answers.'),
  unknown_run: say('No run has this id; GET …/runs lists the newest.'),
  still_running: say('The run goes on; ask again.', { runId, applied: [] }),
  internal_error: say('This is an error of the server; its log has more under this request id.'),
}

/** What a code looks like when it is answered; `status` where that is not the code's own. */
export function exampleOf(code: ProblemCode, status: number = problemKinds[code].status): ProblemDocument {
  return problemDocument(code, {
    ...examples[code],
    status,
    requestId: '0197a4c2-7d7e-4000-8000-000000000001',
  })
}

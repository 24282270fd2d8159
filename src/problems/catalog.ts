/** What a code means to an HTTP client and to the shell. */
export interface ProblemKind {
  /** HTTP status, RFC 9110 §15. */
  readonly status: number
  /** RFC 9457 `title`, repeated as `error`. */
  readonly title: string
  /** Process exit code of the command line. */
  readonly exitCode: number
  /** Seconds for `Retry-After`, where trying again is sensible. */
  readonly retryAfter?: number
}

/** The one table of codes. Documentation, OpenAPI, the door and the command line are held equal to it by tests. */
export const problemKinds = {
  // the gates
  bad_request: { status: 400, title: 'Bad Request', exitCode: 2 },
  request_timeout: { status: 408, title: 'Request Timeout', exitCode: 1 },
  expectation_failed: { status: 417, title: 'Expectation Failed', exitCode: 1 },
  too_early: { status: 425, title: 'Too Early', exitCode: 1, retryAfter: 1 },
  header_fields_too_large: { status: 431, title: 'Request Header Fields Too Large', exitCode: 1 },
  not_implemented: { status: 501, title: 'Not Implemented', exitCode: 1 },
  forbidden: { status: 403, title: 'Forbidden', exitCode: 1 },
  cross_site: { status: 403, title: 'Forbidden', exitCode: 1 },
  host_not_allowed: { status: 403, title: 'Forbidden', exitCode: 1 },
  misconfigured: { status: 503, title: 'Migration endpoint misconfigured', exitCode: 78 },
  unauthorized: { status: 401, title: 'Unauthorized', exitCode: 1 },
  insufficient_scope: { status: 403, title: 'Forbidden', exitCode: 1 },
  too_many_attempts: { status: 429, title: 'Too Many Requests', exitCode: 1 },
  not_found: { status: 404, title: 'Not Found', exitCode: 1 },
  method_not_allowed: { status: 405, title: 'Method Not Allowed', exitCode: 1 },
  invalid_option: { status: 400, title: 'Bad Request', exitCode: 2 },
  payload_too_large: { status: 413, title: 'Content Too Large', exitCode: 1 },
  unsupported_media_type: { status: 415, title: 'Unsupported Media Type', exitCode: 1 },
  // the runs
  migration_failed: { status: 500, title: 'Migration failed', exitCode: 1 },
  unexpected_head: { status: 412, title: 'Unexpected head', exitCode: 6 },
  drift: { status: 409, title: 'Migrations have drifted', exitCode: 6 },
  unresolved: { status: 409, title: 'Migration unresolved', exitCode: 7 },
  knex_locked: { status: 409, title: 'Migration table is locked', exitCode: 4 },
  files_invalid: { status: 500, title: 'Migration files invalid', exitCode: 1 },
  blocked: { status: 503, title: 'Migration blocked', exitCode: 4, retryAfter: 30 },
  database_unavailable: { status: 503, title: 'Database unavailable', exitCode: 5, retryAfter: 5 },
  database_misconfigured: { status: 500, title: 'Database misconfigured', exitCode: 1 },
  journal_unavailable: { status: 503, title: 'Journal unavailable', exitCode: 1, retryAfter: 30 },
  cancelled: { status: 409, title: 'Run cancelled', exitCode: 1 },
  interrupted: { status: 409, title: 'Run interrupted', exitCode: 1 },
  timed_out: { status: 500, title: 'Migration timed out', exitCode: 1 },
  draining: { status: 503, title: 'Shutting down', exitCode: 1, retryAfter: 5 },
  unknown_run: { status: 404, title: 'Unknown run', exitCode: 1 },
  still_running: { status: 503, title: 'Run still running', exitCode: 1, retryAfter: 2 },
  internal_error: { status: 500, title: 'Internal Server Error', exitCode: 1 },
} as const satisfies Record<string, ProblemKind>

/** Every code that an answer or a refusal can carry; stable. */
export type ProblemCode = keyof typeof problemKinds

/** The codes that a run, or the attempt to start one, ends with. */
export const failureCodes = Object.freeze([
  'migration_failed',
  'unexpected_head',
  'drift',
  'unresolved',
  'knex_locked',
  'files_invalid',
  'blocked',
  'database_unavailable',
  'database_misconfigured',
  'journal_unavailable',
  'cancelled',
  'interrupted',
  'timed_out',
  'draining',
  'unknown_run',
  'internal_error',
] as const satisfies readonly ProblemCode[])

/** One of them. */
export type FailureCode = (typeof failureCodes)[number]

/** The codes of what never came to a run: every other one. */
export const gateCodes: readonly ProblemCode[] = Object.freeze(
  (Object.keys(problemKinds) as ProblemCode[]).filter(
    (code) => !(failureCodes as readonly ProblemCode[]).includes(code) && code !== 'still_running',
  ),
)

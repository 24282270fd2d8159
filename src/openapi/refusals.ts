import { failureCodes, type FailureCode, type ProblemCode } from '../problems/catalog.js'

/** What a request may be answered before any path is looked at. */
export const ofThePort: readonly ProblemCode[] = [
  'bad_request',
  'forbidden',
  'cross_site',
  'host_not_allowed',
  'request_timeout',
  'payload_too_large',
  'expectation_failed',
  'too_early',
  'header_fields_too_large',
  'not_implemented',
  'internal_error',
]

/** What a request to the door may be answered before its method and options are looked at. */
export const ofTheDoor: readonly ProblemCode[] = [
  ...ofThePort,
  'misconfigured',
  'unauthorized',
  'too_many_attempts',
]

/** A query that the path does not know. */
export const ofLooking: readonly ProblemCode[] = [
  ...ofTheDoor,
  'invalid_option',
  'database_unavailable',
  'database_misconfigured',
]

/** How a run, or the attempt to start one, may end. */
export const ofRuns: readonly FailureCode[] = failureCodes.filter((code) => code !== 'unknown_run')

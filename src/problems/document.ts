import type { FailureFields } from '../runs/outcome.js'
import { problemKinds, type ProblemCode } from './catalog.js'

/** One option that is wrong, and where it stands; never its value. */
export interface OptionError {
  /** RFC 6901, for a member of the body: `/acceptDrift/0/reason`. */
  readonly pointer?: string
  /** For a parameter of the query. */
  readonly parameter?: string
  readonly detail: string
}

/** What a problem says beyond its code. */
export interface ProblemFacts {
  /** What happened, why, what to do now. Holds no secret, no connection string, no SQL. */
  readonly detail: string
  readonly requestId: string
  /** Default: the code's. `GET …/outcome` answers 409 whatever the failure. */
  readonly status?: number
  readonly members?: FailureFields & { readonly errors?: readonly OptionError[] }
}

/** The body of every refusal and error: RFC 9457, with the members that the contract adds. */
export interface ProblemDocument extends FailureFields {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  /** `urn:sallyport:request:…`: by this id the logs know the request. */
  readonly instance: string
  readonly code: ProblemCode
  readonly success: false
  readonly error: string
  readonly errors?: readonly OptionError[]
}

/** Builds the one form in which a problem leaves the process, over HTTP or in an event stream. */
export function problemDocument(code: ProblemCode, facts: ProblemFacts): ProblemDocument {
  const { status, title } = problemKinds[code]
  return {
    type: `urn:sallyport:problem:${code}`,
    title,
    status: facts.status ?? status,
    detail: facts.detail,
    instance: `urn:sallyport:request:${facts.requestId}`,
    code,
    success: false,
    error: title,
    ...facts.members,
  }
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from '../observe/logger.js'
import { problemKinds, type ProblemCode } from '../problems/catalog.js'
import type { OptionError } from '../problems/document.js'
import { contextOf } from './context.js'
import type { Scrub } from './scrub.js'
import { sendRefusal } from './send-refusal.js'

/** Why a gate does not let a request through. */
export interface Refusal {
  readonly code: ProblemCode
  /** For the caller: what is wrong and what to do; never what was sent. */
  readonly detail: string
  readonly headers?: Readonly<Record<string, string | number>>
  readonly errors?: readonly OptionError[]
  /** For the log and the metrics only: a word such as `unparsable-hop`. */
  readonly reason?: string
}

/** What is told about a refused request; never its token, path or body. */
export interface RefusalReport {
  readonly code: ProblemCode
  readonly status: number
  readonly requestId: string
  readonly method: string
  /** The canonical address, where one could be told. */
  readonly address?: string
  readonly reason?: string
}

export interface RefuseOptions {
  readonly logger: Logger
  /** For metrics and the journal's summaries; called synchronously, must not throw or wait. */
  readonly onRefusal?: ((report: RefusalReport) => void) | undefined
  /** Goes over the names of options that are sent back: a short secret may stand where a name should. */
  readonly scrub?: Scrub | undefined
}

/** Answers a request that goes no further. */
export type Refuse = (request: IncomingMessage, response: ServerResponse, refusal: Refusal) => void

/** An unread body up to this many bytes is discarded by Node after the answer; for more, the connection is closed. */
const discardedBytes = 16_384

/** Who cannot frame a request does not get to keep a connection. */
const closing: ReadonlySet<ProblemCode> = new Set<ProblemCode>([
  'bad_request',
  'header_fields_too_large',
  'not_implemented',
  'payload_too_large',
])

/** The one way in which gates refuse: problem+json, one log line, one report; the body stays unread. */
export function createRefuse({ logger, onRefusal, scrub }: RefuseOptions): Refuse {
  return (request, response, given) => {
    const refusal = scrub && given.errors ? { ...given, errors: given.errors.map(without(scrub)) } : given
    const report = reportOf(request, response, refusal)
    sendRefusal(response, refusal, endsConnection(request, response, refusal))
    const { trace } = contextOf(response)
    logger.warn('request refused', trace === undefined ? { ...report } : { ...report, ...trace })
    onRefusal?.(report)
  }
}

function without(scrub: Scrub): (error: OptionError) => OptionError {
  return ({ pointer, parameter, detail }) => ({
    ...(pointer !== undefined && { pointer: scrub(pointer) }),
    ...(parameter !== undefined && { parameter: scrub(parameter) }),
    detail,
  })
}

type Draft = { -readonly [Name in keyof RefusalReport]: RefusalReport[Name] }

function reportOf(request: IncomingMessage, response: ServerResponse, refusal: Refusal): RefusalReport {
  const { requestId, client } = contextOf(response)
  const { code, reason } = refusal
  const { status } = problemKinds[code]
  // Not by spreading what there may be: of all that is done for a refused request that would cost the most.
  const report: Draft = { code, status, requestId, method: request.method ?? '' }
  if (client?.address !== undefined) report.address = client.address.text
  if (reason !== undefined) report.reason = reason
  return report
}

/** Nor does who may not come in; but a proxy's connection is not that client's, and others come by it. */
function endsConnection(request: IncomingMessage, response: ServerResponse, { code }: Refusal): boolean {
  const keptOut = code === 'forbidden' && contextOf(response).client?.viaProxy !== true
  return keptOut || closing.has(code) || leavesBody(request)
}

/** Whether more of a body may still come than is worth reading to keep the connection. */
function leavesBody(request: IncomingMessage): boolean {
  if (request.complete) return false
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers
  return encoding !== undefined || Number(length ?? 0) > discardedBytes
}

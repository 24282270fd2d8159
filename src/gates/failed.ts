import type { ErrorRequestHandler, Request } from 'express'
import type { Logger } from '../observe/logger.js'
import { sendProblem } from '../problems/respond.js'
import { beginContext, contextOf, hasContext } from './context.js'
import { dress, newRequestId } from './envelope.js'
import type { Refuse } from './refuse.js'

export interface FailedOptions {
  readonly refuse: Refuse
  readonly logger: Logger
}

/** Last of all: whatever was thrown, no stack leaves the process, and no error handler of the host application sees it. */
export function failedHandler({ refuse, logger }: FailedOptions): ErrorRequestHandler {
  // Express tells an error handler by its four parameters.
  return function failed(error: unknown, request, response, _next) {
    if (!hasContext(response)) beginContext(response, newRequestId())
    const { requestId, trace } = contextOf(response)
    if (isGone(request) || response.headersSent) {
      response.destroy()
    } else if (isTheirs(error)) {
      const detail = 'The request target cannot be decoded.'
      refuse(request, response, { code: 'bad_request', detail, reason: 'target' })
    } else {
      dress(response)
      logger.error('a request failed unexpectedly', { requestId, ...trace, error })
      const detail = 'This is an error of the server; its log has more under this request id.'
      sendProblem(response, 'internal_error', { detail, requestId })
    }
  }
}

function isGone({ destroyed, complete }: Request): boolean {
  return destroyed && !complete
}

/** The router's own: a path that is not percent-encoded UTF-8. */
function isTheirs(error: unknown): boolean {
  return error instanceof URIError && 'status' in error && error.status === 400
}

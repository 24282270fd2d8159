import type { ServerResponse } from 'node:http'
import { problemKinds, type ProblemKind } from '../problems/catalog.js'
import { framedProblem } from '../problems/frame.js'
import { problemType, sendProblem } from '../problems/respond.js'
import { contextOf } from './context.js'
import { dress, takeHeaders } from './envelope.js'
import type { Refusal } from './refuse.js'

/** Answers with the refusal's problem; `closes`: and ends the connection after it. */
export function sendRefusal(response: ServerResponse, refusal: Refusal, closes: boolean): void {
  if (sendAtOnce(response, refusal, closes)) return
  dress(response)
  if (closes) response.setHeader('Connection', 'close')
  for (const [name, value] of Object.entries(refusal.headers ?? {})) response.setHeader(name, value)
  const { requestId } = contextOf(response)
  sendProblem(response, refusal.code, {
    detail: refusal.detail,
    requestId,
    ...(refusal.errors && { members: { errors: refusal.errors } }),
  })
}

/** A refusal that says no more than its sentence, on an answer that has no header yet: the whole head in one go. */
function sendAtOnce(response: ServerResponse, refusal: Refusal, closes: boolean): boolean {
  const { code, detail, errors, headers } = refusal
  const { status, retryAfter }: ProblemKind = problemKinds[code]
  if (errors !== undefined || retryAfter !== undefined) return false
  const body = framedProblem(code, detail, contextOf(response).requestId)
  const head = body === undefined ? undefined : takeHeaders(response)
  if (body === undefined || head === undefined) return false
  if (closes) head.push('Connection', 'close')
  if (headers) for (const [name, value] of Object.entries(headers)) head.push(name, String(value))
  head.push('Content-Type', problemType, 'Content-Length', String(body.length))
  response.writeHead(status, head).end(body, 'latin1')
  return true
}

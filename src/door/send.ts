import type { Request, Response } from 'express'
import { contextOf } from '../gates/context.js'
import { problemType, sendJson } from '../problems/respond.js'
import type { Engine } from '../runs/engine.js'
import type { Failed } from '../runs/outcome.js'
import { answerTo, type Answer, type Asked } from './answer.js'

/** Where an answer to this request goes. Express has verified that `baseUrl` is the mounted prefix of the path. */
export function asked(request: Request, response: Response): Asked {
  return { requestId: contextOf(response).requestId, base: request.baseUrl }
}

/**
 * `X-Journal-Head: seq:hash` on answers that carry a run or a status: whoever keeps it can tell later whether the journal
 * was cut or rewritten. It is what was read for the answer; nobody is asked for it.
 */
export function showJournalHead(response: Response, { journal }: Pick<Engine, 'journal'>): void {
  const head = journal.head()
  if (head) response.setHeader('X-Journal-Head', `${head.seq}:${head.hash}`)
}

/** Writes an answer. */
export function sendAnswer(response: Response, { status, headers, body }: Answer): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  sendJson(response, status, body, 'type' in body ? problemType : undefined)
}

/** Answers what the engine could not do. */
export function sendFailed(request: Request, response: Response, failed: Failed): void {
  sendAnswer(response, answerTo(failed, asked(request, response)))
}

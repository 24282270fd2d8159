import type { IncomingMessage, ServerResponse } from 'node:http'
import { continueBody } from '../gates/continue.js'
import { headerLines } from '../gates/header-lines.js'
import type { Refusal } from '../gates/refuse.js'
import { hasUniqueMembers } from './unique-members.js'

/** The JSON of a request's body, or why it is none. `value` is undefined where there is no body. */
export type BodyResult = { readonly value: unknown } | { readonly refusal: Refusal }

const maxBytes = 16_384
const json = /^application\/json[ \t]*(?:;[ \t]*charset=(?:utf-8|"utf-8")[ \t]*)?$/i
/** Fails on what is not UTF-8, and keeps a byte order mark, on which the JSON parser then fails (RFC 8259 §8.1). */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The caller went away before the body had come. There is nobody to answer, and nothing was run. */
export class BodyAborted extends Error {
  override readonly name = 'BodyAborted'
}

/**
 * Reads a body of at most 16 KiB, itself: what a parser of the host application has made of it is not looked at, and a
 * body that such a parser consumed is refused, for to run without the options that were sent would be worse. Rejects
 * with `BodyAborted`.
 */
export async function readJsonBody(request: IncomingMessage, response: ServerResponse): Promise<BodyResult> {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers
  const announced = encoding === undefined ? Number(length ?? 0) : undefined
  if (announced === 0) return { value: undefined }
  const refusal = refuseUnread(request, announced)
  if (refusal !== undefined) return { refusal }
  continueBody(response)
  const bytes = await collect(request)
  if (bytes === undefined) return { refusal: tooLarge }
  if (bytes.length === 0) return { value: undefined }
  return isJson(request) ? parse(bytes) : { refusal: notJson }
}

/** What can be told before the body is asked for. A chunked one may turn out to be none, which needs no type. */
function refuseUnread(request: IncomingMessage, announced: number | undefined): Refusal | undefined {
  if (request.readableDidRead || request.readableEnded) return consumed
  if (hasContentCoding(request)) return coded
  if (announced === undefined) return undefined
  if (announced > maxBytes) return tooLarge
  return isJson(request) ? undefined : notJson
}

/** The whole body; undefined, and nothing more is read, once it is over the limit. */
function collect(request: IncomingMessage): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const settle = (result: () => void): void => {
      request.off('data', take).off('end', whole).off('close', gone).off('error', gone)
      result()
    }
    const take = (chunk: Buffer): void => {
      size += chunk.length
      chunks.push(chunk)
      if (size <= maxBytes) return
      request.pause()
      settle(() => resolve(undefined))
    }
    const whole = (): void => settle(() => resolve(Buffer.concat(chunks, size)))
    const gone = (): void => settle(() => reject(new BodyAborted('the body did not arrive whole')))
    request.on('data', take).on('end', whole).on('close', gone).on('error', gone)
  })
}

function hasContentCoding(request: IncomingMessage): boolean {
  return headerLines(request, 'content-encoding').some((value) => value.toLowerCase() !== 'identity')
}

function isJson(request: IncomingMessage): boolean {
  const lines = headerLines(request, 'content-type')
  return lines.length === 1 && json.test(lines[0] ?? '')
}

function parse(bytes: Buffer): BodyResult {
  try {
    const text = utf8.decode(bytes)
    const value = JSON.parse(text) as unknown
    return hasUniqueMembers(text) ? { value } : { refusal: ambiguous }
  } catch {
    return { refusal: invalid }
  }
}

const consumed: Refusal = Object.freeze({
  code: 'bad_request',
  detail:
    'A body parser of the host application read the body before the door could. Mount the door before it, or send the options as query.',
  reason: 'body-consumed',
})

const coded: Refusal = Object.freeze({
  code: 'unsupported_media_type',
  detail: 'The body is not to be compressed or otherwise encoded.',
  headers: Object.freeze({ 'Accept-Encoding': 'identity' }),
})

const notJson: Refusal = Object.freeze({
  code: 'unsupported_media_type',
  detail: 'The body is to be sent as "Content-Type: application/json", in UTF-8.',
  headers: Object.freeze({ 'Accept-Post': 'application/json' }),
})

const tooLarge: Refusal = Object.freeze({
  code: 'payload_too_large',
  detail: 'The body may have 16 KiB.',
})

const invalid: Refusal = Object.freeze({
  code: 'bad_request',
  detail: 'The body is not valid JSON in UTF-8 without a byte order mark.',
  reason: 'body',
})

const ambiguous: Refusal = Object.freeze({
  code: 'bad_request',
  detail: 'The body names a member of an object twice.',
  reason: 'body',
})

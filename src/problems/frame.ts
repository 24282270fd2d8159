import type { ProblemCode } from './catalog.js'
import { problemDocument } from './document.js'

/** A problem's JSON around its request id, each byte of UTF-8 as one character. */
interface Frame {
  readonly before: string
  readonly after: string
}

const frames = new Map<ProblemCode, Map<string, Frame>>()
/** Details are sentences of ours; for more than these of one code it begins anew. */
const mostDetails = 32

/** What needs no escape in JSON. The gates accept and make no other ids. */
const plainId = /^[A-Za-z0-9._~-]+$/

/**
 * The JSON of a problem that has nothing beyond its code, detail and request id, written once for each detail: in
 * latin1, so that it goes to the socket with the headers as one text of single bytes. Undefined for an id of other characters.
 */
export function framedProblem(code: ProblemCode, detail: string, requestId: string): string | undefined {
  if (!plainId.test(requestId)) return undefined
  const { before, after } = frames.get(code)?.get(detail) ?? frame(code, detail)
  return before + requestId + after
}

function frame(code: ProblemCode, detail: string): Frame {
  const text = JSON.stringify(problemDocument(code, { detail, requestId: '' }))
  // Within the detail a quotation mark has a backslash before it.
  const start = '"instance":"urn:sallyport:request:'
  const at = text.indexOf(`${start}"`) + start.length
  const bytes = (part: string): string => Buffer.from(part, 'utf8').toString('latin1')
  const made = Object.freeze({ before: bytes(text.slice(0, at)), after: bytes(text.slice(at)) })
  const known = frames.get(code) ?? new Map<string, Frame>()
  if (known.size >= mostDetails) known.clear()
  frames.set(code, known.set(detail, made))
  return made
}

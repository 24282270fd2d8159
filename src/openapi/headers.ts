import { answerHeaders } from '../gates/envelope.js'
import type { Schema } from './schemas.js'

/** A header of an answer; `required` where each such answer has it. */
export interface HeaderObject {
  readonly description: string
  readonly required: boolean
  readonly schema: Schema
}

const text = { type: 'string' } as const

const own = {
  'X-Request-Id': {
    description:
      'The request’s own `X-Request-Id` where it was usable, else a new one; in every log line of it.',
    required: true,
    schema: { type: 'string', pattern: '^[A-Za-z0-9._~-]{1,128}$' },
  },
  Location: { description: 'The run that goes on.', required: true, schema: text },
  'Retry-After': {
    description: 'Seconds until it is worth asking again.',
    required: true,
    schema: { type: 'string', pattern: '^[0-9]+$' },
  },
  'WWW-Authenticate': { description: 'RFC 6750 §3.', required: true, schema: text },
  'Preference-Applied': {
    description: 'What of `Prefer` was honoured (RFC 7240 §3).',
    required: false,
    schema: text,
  },
  'X-Accel-Buffering': {
    description: 'Keeps nginx from holding events back.',
    required: true,
    schema: { const: 'no' },
  },
  'X-Journal-Head': {
    description:
      '`seq:hash` of the journal’s newest record: whoever keeps it can tell later whether the journal was cut or rewritten.',
    required: false,
    schema: { type: 'string', pattern: '^[0-9]+:[0-9a-f]{64}$' },
  },
  'Accept-Post': { description: 'What a body may be (RFC 5789).', required: false, schema: text },
  'Accept-Encoding': { description: 'Sent where a coded body is refused.', required: false, schema: text },
} as const satisfies Record<string, HeaderObject>

export type HeaderName = keyof typeof own | 'Cache-Control'

/** The headers of the answers, by name: those that are the same everywhere come from where they are set. */
export function headerComponents(): Readonly<Record<string, HeaderObject>> {
  const everywhere = answerHeaders.map(([name, value]) => [
    name,
    // An event stream adds `no-transform`.
    {
      description: 'The same on every answer.',
      required: true,
      schema: name === 'Cache-Control' ? { enum: [value, `${value}, no-transform`] } : { const: value },
    },
  ])
  return Object.fromEntries([...everywhere, ...Object.entries(own)]) as Record<string, HeaderObject>
}

/** OpenAPI's Header Objects or references to them, by name. */
export type Headers = Readonly<Record<string, Schema | HeaderObject>>

/** A header that some answers of a kind have. */
export function optional(name: keyof typeof own): Headers {
  return { [name]: { ...own[name], required: false } }
}

/** References to the headers that every answer of the ops port has, and to these. */
export function headersWith(...names: readonly HeaderName[]): Headers {
  const all = [...answerHeaders.map(([name]) => name), 'X-Request-Id', ...names]
  return Object.fromEntries(all.map((name) => [name, { $ref: `#/components/headers/${name}` }]))
}

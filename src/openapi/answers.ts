import { problemKinds, type ProblemCode, type ProblemKind } from '../problems/catalog.js'
import { headersWith, optional, type HeaderName, type Headers } from './headers.js'
import { exampleOf } from './problem-examples.js'
import { shape, type Schema } from './schemas.js'

/** OpenAPI's Response Object. */
export interface ResponseObject {
  readonly description: string
  readonly headers: Headers
  readonly content?: Readonly<Record<string, unknown>>
}

export type Responses = Readonly<Record<string, ResponseObject>>

/** A success. */
export function answer(
  description: string,
  schema: Schema,
  headers: readonly HeaderName[] = [],
): ResponseObject {
  return {
    description,
    headers: headersWith(...headers, 'X-Journal-Head'),
    content: { 'application/json': { schema } },
  }
}

/** Problems, grouped by status; `as` answers each with this status whatever its own is. */
export function problems(given: readonly ProblemCode[], as?: number): Responses {
  const codes = [...new Set(given)]
  const statuses = [...new Set(codes.map((code) => as ?? problemKinds[code].status))]
  const grouped = statuses.map((status) => {
    const these = codes.filter((code) => (as ?? problemKinds[code].status) === status)
    return [String(status), problemResponse(status, these)] as const
  })
  return Object.fromEntries(grouped)
}

function problemResponse(status: number, codes: readonly ProblemCode[]): ResponseObject {
  const examples = codes.map((code) => [code, { value: exampleOf(code, status) }])
  return {
    description: [...new Set(codes.map((code) => problemKinds[code].title))].join('; '),
    headers: { ...headersWith(...headersOf(status)), ...retryAfter(status, codes) },
    content: {
      'application/problem+json': {
        schema: {
          allOf: [
            shape('Problem'),
            {
              properties: { status: { const: status }, code: { enum: codes } },
              required: ['status', 'code'],
            },
          ],
        },
        examples: Object.fromEntries(examples) as unknown,
      },
    },
  }
}

/** Required where every code of this status has one; the throttle computes its own. */
function retryAfter(status: number, codes: readonly ProblemCode[]): Headers {
  const kinds: readonly ProblemKind[] = codes.map((code) => problemKinds[code])
  const some = kinds.some((kind) => kind.retryAfter !== undefined && kind.status === status)
  if (!some && status !== 429) return {}
  const every = status === 429 || kinds.every((kind) => kind.retryAfter !== undefined)
  return every ? headersWith('Retry-After') : optional('Retry-After')
}

/** What each answer of this status carries. */
function headersOf(status: number): HeaderName[] {
  return [
    ...(status === 401 ? (['WWW-Authenticate'] as const) : []),
    ...(status === 415 ? (['Accept-Post', 'Accept-Encoding'] as const) : []),
  ]
}

import { z } from 'zod'
import type { Refusal } from '../gates/refuse.js'
import type { OptionError } from '../problems/document.js'
import type { Order } from '../runs/engine.js'
import { defaultLimit, invalid, maxErrors, parameters, shown } from './query.js'

/** What is asked of a run, or everything that is wrong with how it was asked. */
export type OrderResult = { readonly order: Order } | { readonly refusal: Refusal }

/** Control characters, halves of characters, and what turns a line around or breaks it where a person reads the record. */
const unwritable = /[\p{Cc}\p{Surrogate}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]/u
const text = (max: number) =>
  z
    .string()
    .max(max)
    .refine((value) => value.trim() !== '' && !unwritable.test(value), {
      error: 'blank, or with control characters',
    })
const name = text(255)
const reason = text(1000)

/** What the body of a `POST` may hold; the description of the API is made from it too. */
export const orderBody = z.strictObject({
  dryRun: z.boolean().exactOptional(),
  expect: name.exactOptional(),
  acceptDrift: z.array(z.strictObject({ name, reason })).min(1).max(1000).exactOptional(),
  resolve: z.strictObject({ name, as: z.enum(['applied', 'pending']), reason }).exactOptional(),
})

/** What the query of a `POST` may hold. */
export const orderQuery = z.strictObject({
  dryRun: z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .exactOptional(),
  expect: name.exactOptional(),
})

/** Parses what `POST` was sent. Nothing is coerced but the query's `true` and `false`; `body` undefined is no body. */
export function parseOrder(target: string, body: unknown): OrderResult {
  const query = parameters(target)
  const fromQuery = orderQuery.safeParse(query.values)
  const fromBody = orderBody.safeParse(body === undefined ? {} : body)
  const errors = [
    ...query.errors,
    ...errorsOf(fromQuery.error, (path) => ({ parameter: path.slice(1) })),
    ...errorsOf(fromBody.error, (path) => ({ pointer: path })),
  ]
  if (errors.length > 0 || !fromQuery.success || !fromBody.success) return { refusal: invalid(errors) }
  const conflicts = conflictsOf(fromQuery.data, fromBody.data)
  if (conflicts.length > 0) return { refusal: invalid(conflicts) }
  return { order: Object.freeze({ ...fromBody.data, ...fromQuery.data }) }
}

/** What the query of `GET …/runs` may hold: how many runs, the newest first. */
export const listingQuery = z.strictObject({
  limit: z
    .string()
    .regex(/^(?:[1-9]|[1-9][0-9]|1[0-9][0-9]|200)$/, 'expected a number from 1 to 200')
    .transform(Number)
    .default(defaultLimit),
})

/** Parses what `GET …/runs` was sent. */
export function parseListing(target: string): { readonly limit: number } | { readonly refusal: Refusal } {
  const query = parameters(target)
  const parsed = listingQuery.safeParse(query.values)
  const errors = [...query.errors, ...errorsOf(parsed.error, (path) => ({ parameter: path.slice(1) }))]
  return errors.length === 0 && parsed.success ? parsed.data : { refusal: invalid(errors) }
}

function conflictsOf(query: Order, body: Order): OptionError[] {
  const both = (['dryRun', 'expect'] as const).filter(
    (option) => query[option] !== undefined && body[option] !== undefined && query[option] !== body[option],
  )
  return both.map((option) => ({ pointer: `/${option}`, detail: 'query and body give different values' }))
}

type Place = (path: string) => Pick<OptionError, 'pointer' | 'parameter'>

/** zod's own messages can hold what was sent; these hold the place and what is expected there. */
function errorsOf(error: z.ZodError | undefined, place: Place): OptionError[] {
  return (error?.issues ?? []).slice(0, maxErrors).flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys')
      return [{ ...place(pointerTo(issue.path)), detail: detailOf(issue) }]
    return issue.keys
      .slice(0, maxErrors)
      .map((unknown) => ({ ...place(pointerTo([...issue.path, unknown])), detail: 'unknown option' }))
  })
}

function detailOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${issue.expected}`
    case 'invalid_value':
      return `expected one of ${issue.values.map(String).join(', ')}`
    case 'too_big':
      return `at most ${String(issue.maximum)} long`
    case 'invalid_format':
      return issue.message
    case 'too_small':
      return `at least ${String(issue.minimum)} long`
    default:
      return issue.code === 'custom' ? issue.message : 'malformed'
  }
}

/** RFC 6901; a member's name is shown only where it cannot be a secret that was put in the wrong place. */
function pointerTo(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${shown(String(part)).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

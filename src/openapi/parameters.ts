import { z } from 'zod'
import { listingQuery, orderQuery } from '../door/options.js'
import type { Schema } from './schemas.js'

/** OpenAPI's Parameter Object. */
export interface Parameter {
  readonly name: string
  readonly in: 'query' | 'header' | 'path'
  readonly description: string
  readonly required: boolean
  readonly schema: Schema
  readonly example?: unknown
}

const descriptions: Readonly<Record<string, string>> = {
  dryRun: 'Answers what would be applied; writes nothing at all.',
  expect: 'The newest migration that you expect this replica to ship; another one’s is a 412.',
  limit: 'How many runs, the newest first.',
}

/** The query of a `POST`, and that of `GET …/runs`, from the schemas that parse them. */
export function queryParameters(of: 'order' | 'listing'): readonly Parameter[] {
  const schema = z.toJSONSchema(of === 'order' ? orderQuery : listingQuery, { io: 'input' })
  return Object.entries(schema.properties ?? {}).map(([name, given]) => ({
    name,
    in: 'query',
    description: descriptions[name] ?? name,
    required: false,
    schema: given as Schema,
  }))
}

export const runIdParameter: Parameter = Object.freeze({
  name: 'id',
  in: 'path',
  description: 'A run’s id, in either case.',
  required: true,
  schema: { type: 'string', format: 'uuid' },
})

const header = (name: string, description: string, example: string): Parameter => ({
  name,
  in: 'header',
  description,
  required: false,
  schema: { type: 'string' },
  example,
})

export const preferParameter = header(
  'Prefer',
  'RFC 7240: `respond-async` answers 202 at once; `wait=N` waits at most N seconds, and at most `MIGRATION_WAIT`.',
  'wait=20',
)

export const lastEventIdParameter = header(
  'Last-Event-ID',
  'The id of the last event that was read, from any replica. What is no id of this run is ignored, and all is told.',
  '0197a4c2-7d7e-4000-8000-00000000abcd:2:1',
)

/** What the caller says of itself. */
export const actorParameter = header(
  'X-Actor',
  'Whom you act for; recorded with the run, never believed.',
  'alice@example.com',
)

/** Of every request. */
export const commonParameters: readonly Parameter[] = Object.freeze([
  header(
    'X-Request-Id',
    'An id of your own, `^[A-Za-z0-9._~-]{1,128}$`; any other is replaced.',
    'deploy-4711',
  ),
  header(
    'traceparent',
    'W3C Trace Context; in the log lines of the request and its run. An invalid one is ignored.',
    '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  ),
])

import { problems, type Responses } from './answers.js'
import { commonParameters, type Parameter } from './parameters.js'
import { ofLooking } from './refusals.js'
import { shape } from './schemas.js'

/** OpenAPI's Operation Object. */
export interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly description?: string
  readonly tags: readonly string[]
  readonly security: readonly Readonly<Record<string, readonly string[]>>[]
  readonly parameters: readonly Parameter[]
  readonly requestBody?: object
  readonly responses: Responses
}

/** The operations of one path, by method in lower case. */
export type PathItem = Readonly<Record<string, Operation>>

/** Whoever may act. */
export const migrationSecret = { migrationSecret: [] } as const
const anySecret = [migrationSecret, { readSecret: [] }] as const

type Look = Pick<Operation, 'operationId' | 'summary' | 'responses'> & {
  readonly description?: string
  readonly parameters?: readonly Parameter[]
}

/** An operation that only looks: either secret will do, and nothing is written. */
export function look({ parameters = [], responses, ...told }: Look): Operation {
  return {
    tags: ['door'],
    security: anySecret,
    parameters: [...parameters, ...commonParameters],
    ...told,
    responses: { ...problems(ofLooking), ...responses },
  }
}

/** What a stream of events is. */
export function eventStream() {
  return {
    'text/event-stream': {
      schema: {
        type: 'string',
        description: 'Server-sent events (HTML Standard §9.2), UTF-8; each one’s data is one of these.',
        contentMediaType: 'text/event-stream',
        contentSchema: {
          anyOf: [
            ...(['RunEvent', 'MigrationEvent', 'WaitingEvent'] as const),
            ...(['Completed', 'Planned', 'Running', 'Problem'] as const),
          ].map(shape),
        },
      },
      example:
        'id: 0197a4c2-7d7e-4000-8000-00000000abcd:0:0\nevent: run\ndata: {"type":"run","runId":"0197a4c2-7d7e-4000-8000-00000000abcd","joined":false,"pending":["20250301090000_add_orders_index"]}\n\n',
    },
  }
}

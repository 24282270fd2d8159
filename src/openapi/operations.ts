import { answer, problems } from './answers.js'
import { eventStream, look, migrationSecret, type Operation, type PathItem } from './operation.js'
import { actorParameter, commonParameters, preferParameter, queryParameters } from './parameters.js'
import { ofLooking, ofRuns, ofTheDoor } from './refusals.js'
import { runPaths } from './run-operations.js'
import { shape } from './schemas.js'

/** The paths of the door, below the one under which it stands. */
export function doorPaths(): Readonly<Record<string, PathItem>> {
  return {
    '': { get: status(), post: migrate() },
    '/plan': { get: plan() },
    ...runPaths(),
  }
}

function status(): Operation {
  return look({
    operationId: 'getState',
    summary: 'This replica’s files against the database',
    responses: {
      '200': answer('The state. One read; nothing is written, locked or created.', shape('State')),
      ...problems(['files_invalid', 'database_misconfigured', 'internal_error']),
    },
  })
}

function plan(): Operation {
  return look({
    operationId: 'getPlan',
    summary: 'What a call would apply now, for who may only look',
    responses: {
      ...problems([...ofLooking, 'drift', 'files_invalid', 'draining']),
      '200': answer('As a dry run is answered.', shape('Planned')),
    },
  })
}

function migrate(): Operation {
  const finished = { oneOf: [shape('Completed'), shape('Planned')] }
  const done = answer('Applied, nothing pending, or the answer to a dry run.', finished, [
    'Preference-Applied',
  ])
  return {
    operationId: 'migrate',
    summary: 'Applies what is pending, or joins the run that does',
    description:
      'With `Accept: text/event-stream` the answer is a stream of events, the last of which, `done`, carries the final body, a success’s or a problem’s. The caller’s disconnection never ends a run. Options as body or query; one given both ways with different values is refused.',
    tags: ['door'],
    security: [migrationSecret],
    parameters: [...queryParameters('order'), preferParameter, actorParameter, ...commonParameters],
    requestBody: {
      required: false,
      content: {
        'application/json': {
          schema: shape('Order'),
          example: { expect: '20250301090000_add_orders_index' },
        },
      },
    },
    responses: {
      ...problems([
        ...ofTheDoor,
        'insufficient_scope',
        'invalid_option',
        'unsupported_media_type',
        ...ofRuns,
      ]),
      '200': { ...done, content: { ...done.content, ...eventStream() } },
      '202': answer('The run goes on; its record is committed.', shape('Running'), [
        'Location',
        'Retry-After',
        'Preference-Applied',
      ]),
    },
  }
}

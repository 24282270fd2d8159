import { answer, problems } from './answers.js'
import { headersWith, optional } from './headers.js'
import { eventStream, look, migrationSecret, type Operation, type PathItem } from './operation.js'
import {
  actorParameter,
  commonParameters,
  lastEventIdParameter,
  queryParameters,
  runIdParameter,
} from './parameters.js'
import { ofLooking, ofRuns } from './refusals.js'
import { shape } from './schemas.js'

const unknownRun = problems(['unknown_run'])

/** The paths below the door that are about runs. */
export function runPaths(): Readonly<Record<string, PathItem>> {
  return {
    '/runs': { get: listRuns() },
    '/runs/{id}': { get: showRun(), delete: cancelRun() },
    '/runs/{id}/events': { get: followRun() },
    '/runs/{id}/outcome': { get: outcome() },
  }
}

function listRuns(): Operation {
  return look({
    operationId: 'listRuns',
    summary: 'The newest runs of every replica',
    parameters: queryParameters('listing'),
    responses: { '200': answer('The runs, the newest first.', shape('Runs')) },
  })
}

function showRun(): Operation {
  const found = answer('The run; `Retry-After` while it goes on.', shape('Run'))
  const headers = { ...found.headers, ...optional('Retry-After') }
  return look({
    operationId: 'getRun',
    summary: 'A run, on whichever replica it runs or ran',
    parameters: [runIdParameter],
    responses: { '200': { ...found, headers }, ...unknownRun },
  })
}

function followRun(): Operation {
  return look({
    operationId: 'followRun',
    summary: 'A run’s events, from its start',
    description:
      'Also of a run that has ended. A step’s `id` says how much has been told; with it as `Last-Event-ID` any replica goes on behind it. A reader that does not read is cut off, and may resume.',
    parameters: [runIdParameter, lastEventIdParameter],
    responses: {
      '200': {
        description: 'The events; the last is `done`, with the final body.',
        headers: headersWith('X-Accel-Buffering'),
        content: eventStream(),
      },
      '204': { description: 'The reader has had them all, `done` too.', headers: headersWith() },
      ...unknownRun,
    },
  })
}

function outcome(): Operation {
  return look({
    operationId: 'getOutcome',
    summary: 'The outcome of a run, for `curl --retry`',
    description:
      '503 while it goes on, 200 when it succeeded, 409 when it did not, whatever the failure: so `curl --retry` is a complete poller.',
    parameters: [runIdParameter],
    responses: {
      ...problems([...ofLooking, 'still_running']),
      ...unknownRun,
      ...problems(ofRuns, 409),
      '200': answer('As the caller who waited for it was told.', shape('Completed')),
    },
  })
}

function cancelRun(): Operation {
  return {
    operationId: 'cancelRun',
    summary: 'Asks exactly this run to stop',
    description:
      'On whichever replica it runs. Whether it came in time, the outcome tells: `cancelled`, with what was rolled back, or `"cancellation": "too_late"`.',
    tags: ['door'],
    security: [migrationSecret],
    parameters: [runIdParameter, actorParameter, ...commonParameters],
    responses: {
      ...problems([...ofLooking, 'insufficient_scope', 'draining']),
      ...unknownRun,
      '202': answer('The wish is committed.', shape('Run'), ['Location', 'Retry-After']),
    },
  }
}

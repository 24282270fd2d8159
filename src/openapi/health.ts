import { problems } from './answers.js'
import type { Operation, PathItem } from './operation.js'
import { shape } from './schemas.js'

const noStore = {
  'Cache-Control': { description: 'Never stored.', required: true, schema: { const: 'no-store' } },
}

/** The paths of the health port. */
export function healthPaths(): Readonly<Record<string, PathItem>> {
  return {
    '/livez': probe('livez', 'Whether the process turns; never asks the database', false),
    '/startupz': probe('startupz', 'Whether the configuration is valid and every port listens'),
    '/readyz': probe('readyz', 'Whether every migration that this release ships was seen applied'),
    '/metrics': { get: metrics() },
  }
}

function probe(operationId: string, summary: string, mayFail = true): PathItem {
  const body = (status: string, reasons: readonly string[]) => ({
    headers: noStore,
    content: {
      'application/json': { schema: shape('Probe'), example: { status, reasons } },
    },
  })
  return {
    get: {
      operationId,
      summary,
      tags: ['health'],
      security: [],
      parameters: [],
      responses: {
        ...unadorned(),
        '200': { description: 'Yes.', ...body('ok', []) },
        ...(mayFail && { '503': { description: 'Not now; why.', ...body('unavailable', ['pending']) } }),
      },
    },
  }
}

function metrics(): Operation {
  return {
    operationId: 'metrics',
    summary: 'Prometheus metrics, prefix `sallyport_`',
    tags: ['health'],
    security: [],
    parameters: [],
    responses: {
      ...unadorned(),
      '200': {
        description: 'The text exposition format.',
        headers: noStore,
        content: { 'text/plain': { schema: { type: 'string' } } },
      },
    },
  }
}

/** Problems of this port carry an id, but none of the ops port's headers. */
function unadorned() {
  const codes = ['bad_request', 'internal_error'] as const
  const headers = { ...noStore, 'X-Request-Id': { $ref: '#/components/headers/X-Request-Id' } }
  return Object.fromEntries(
    Object.entries(problems(codes)).map(([status, response]) => [status, { ...response, headers }]),
  )
}

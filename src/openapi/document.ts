import { answer, problems } from './answers.js'
import { headerComponents } from './headers.js'
import { healthPaths } from './health.js'
import { look, type Operation, type PathItem } from './operation.js'
import { doorPaths } from './operations.js'
import { ofLooking, ofThePort } from './refusals.js'
import { componentSchemas, shape } from './schemas.js'

/** Of this package; a test holds the two equal. */
export const apiVersion = '0.1.0'

/** What differs from one place to another. */
export interface DescriptionOptions {
  /** The path under which the door stands. Default: `/api/migrate`. */
  readonly base?: string
  /** Whether there is a checklist at `…/check`. Default: false. */
  readonly checklist?: boolean
}

/** An OpenAPI 3.1 document, as JSON. */
export type OpenApiDocument = Readonly<Record<string, unknown>> & {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/** The HTTP interface, described in OpenAPI 3.1, from the schemas and tables that the code itself uses. */
export function openApiDocument(options: DescriptionOptions = {}): OpenApiDocument {
  const { paths, responses } = withSharedResponses(allPaths(options))
  return {
    openapi: '3.1.0',
    info: information(),
    servers: [server('The ops port', 'https', '7080')],
    tags: [
      { name: 'door', description: 'Behind the allowlist and a bearer token.' },
      { name: 'description', description: 'Behind the allowlist.' },
      { name: 'health', description: 'The health port: open to whoever reaches it.' },
    ],
    paths,
    components: { securitySchemes, headers: headerComponents(), responses, schemas: componentSchemas() },
  }
}

function allPaths({ base = '/api/migrate', checklist = false }: DescriptionOptions): Paths {
  const entry = (path: string, item: Paths[string]): [string, Paths[string]] => [path, item]
  const door = { ...doorPaths(), ...(checklist && { '/check': { get: check() } }) }
  const under = Object.entries(door).map(([path, item]) => entry(`${base}${path}` || '/', withHead(item)))
  const health = Object.entries(healthPaths()).map(([path, item]) => entry(path, onHealthPort(item)))
  return Object.fromEntries([...under, ['/openapi.json', withHead({ get: describe() })] as const, ...health])
}

function information() {
  return {
    title: 'Sallyport',
    version: apiVersion,
    summary: 'The guarded door through which schema migrations reach a production PostgreSQL database.',
    description:
      'Every refusal and every failure is `application/problem+json` (RFC 9457); programs look at `code`. Methods that a path does not list are answered 405 with `Allow`, paths that are not listed 404, both behind the same gates. No answer may be stored.',
    license: { name: 'MIT', identifier: 'MIT' },
  }
}

const securitySchemes = {
  migrationSecret: { type: 'http', scheme: 'bearer', description: '`MIGRATION_SECRET`: may act and look.' },
  readSecret: { type: 'http', scheme: 'bearer', description: '`MIGRATION_READ_SECRET`: may only look.' },
} as const

function server(description: string, scheme: string, port: string) {
  return {
    url: `${scheme}://{host}:{port}`,
    description,
    variables: {
      host: { default: 'localhost', description: 'The address of one replica, or of a Service.' },
      port: { default: port },
    },
  }
}

function onHealthPort(item: PathItem) {
  return { servers: [server('The health port', 'http', '7081')], ...withHead(item) }
}

/** Express answers `HEAD` wherever there is a `GET`. */
function withHead(item: PathItem): PathItem {
  if (!item['get']) return item
  const { operationId, responses, description: _long, ...told } = item['get']
  const bare = Object.entries(responses).map(([status, { content: _none, ...rest }]) => [status, rest])
  const head = {
    ...told,
    operationId: `${operationId}Head`,
    summary: `The headers of: ${told.summary}`,
    responses: Object.fromEntries(bare) as Operation['responses'],
  }
  return { ...item, head }
}

function describe(): Operation {
  return {
    operationId: 'getDescription',
    summary: 'This document',
    tags: ['description'],
    security: [],
    parameters: [],
    responses: {
      ...problems([...ofThePort, 'invalid_option']),
      '200': answer('OpenAPI 3.1.', { type: 'object' }),
    },
  }
}

function check(): Operation {
  return look({
    operationId: 'getChecklist',
    summary: 'The production checklist',
    responses: {
      ...problems([...ofLooking, 'not_found']),
      '200': answer('Every item, with remedy.', shape('Checklist')),
    },
  })
}

type Paths = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** Most operations refuse alike: what two of them answer alike stands once, under `components`. */
function withSharedResponses(paths: Paths): { readonly paths: Paths; readonly responses: object } {
  const counts = new Map<string, number>()
  eachResponse(paths, (text) => {
    counts.set(text, (counts.get(text) ?? 0) + 1)
    return undefined
  })
  const names = new Map<string, string>()
  const shared = eachResponse(paths, (text, status) => {
    if (counts.get(text) === 1) return undefined
    const number = [...names.values()].filter((name) => name.startsWith(`Status${status}`)).length + 1
    const name = names.get(text) ?? (number === 1 ? `Status${status}` : `Status${status}-${number}`)
    names.set(text, name)
    return { $ref: `#/components/responses/${name}` }
  })
  const responses = [...names].map(([text, name]) => [name, JSON.parse(text) as unknown])
  return { paths: shared, responses: Object.fromEntries(responses) as object }
}

type Visit = (text: string, status: string) => object | undefined

/** The paths with each response replaced by what `visit` makes of it, or left as it is. */
function eachResponse(paths: Paths, visit: Visit): Paths {
  return mapped(paths, (item) =>
    mapped(item, (member) => {
      if (typeof member !== 'object' || member === null || !('responses' in member)) return member
      const responses = mapped(
        member.responses as Readonly<Record<string, unknown>>,
        (response, status) => visit(JSON.stringify(response), status) ?? response,
      )
      return { ...member, responses }
    }),
  )
}

function mapped<From, To>(
  record: Readonly<Record<string, From>>,
  change: (value: From, key: string) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]))
}

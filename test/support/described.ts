import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { openApiDocument } from '../../src/openapi/document.js'

/** A request and its answer. */
export interface Exchanged {
  readonly method: string
  /** As it was sent, with its query. */
  readonly target: string
  readonly status: number
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

interface Response {
  readonly headers?: Readonly<Record<string, Header>>
  readonly content?: Readonly<Record<string, unknown>>
}
interface Header {
  readonly required: boolean
  readonly schema: object
}

const document = openApiDocument({ checklist: true })
const ajv = new Ajv2020({ strict: false, allErrors: true })
addFormats.default(ajv)
ajv.addSchema({ ...document, $id: 'openapi' })
const compiled = new Map<string, ValidateFunction>()

/** What the description of the API does not say of this answer; `base`: where the door stands, or `health port`. */
export function undescribed(exchanged: Exchanged, base = '/api/migrate'): string[] {
  const { method, status } = exchanged
  const place = operationOf(method, pathOf(exchanged.target, base), base === 'health port')
  if (place === undefined) return unlisted(exchanged)
  const found = resolved(`${place}/responses/${status}`)
  if (found === undefined) return [`${method} ${exchanged.target}: ${status} is not declared`]
  const response = at(found) as Response
  return [...wrongHeaders(response, exchanged), ...wrongBody(found, response, exchanged)].map(
    (wrong) => `${method} ${exchanged.target} ${status}: ${wrong}`,
  )
}

/** What the description does not say of an event's data. */
export function undescribedEvent(event: string, data: unknown): string[] {
  const shapes = {
    run: ['RunEvent'],
    migration: ['MigrationEvent'],
    waiting: ['WaitingEvent'],
    done: ['Completed', 'Planned', 'Running', 'Problem'],
  }[event]
  if (shapes === undefined) return [`${event} is no event that is declared`]
  const results = shapes.map((shape) => invalid(`/components/schemas/${shape}`, data))
  return results.some((wrong) => wrong.length === 0) ? [] : results.flat()
}

/** A path or method that is not listed: refused, as a problem. */
function unlisted({ method, target, status, headers, body }: Exchanged): string[] {
  const where = `${method} ${target} ${status}`
  if (![400, 401, 403, 404, 405, 408, 413, 417, 425, 429, 431, 500, 501, 503].includes(status))
    return [`${where}: this path or method is not listed`]
  if (headers['content-type'] !== 'application/problem+json') return [`${where}: no problem`]
  if (status === 405 && headers['allow'] === undefined) return [`${where}: without Allow`]
  return method === 'HEAD' ? [] : invalid('/components/schemas/Problem', JSON.parse(body))
}

/** Express' routes take letters in either case, and a slash at the end. */
function pathOf(target: string, base: string): string {
  const path = (target.replace(/^https?:\/\/[^/?#]*/i, '').split(/[?#]/, 1)[0] ?? '').toLowerCase()
  const mounted = base.toLowerCase()
  const under = path === mounted || path.startsWith(`${mounted}/`)
  const known = under ? `/api/migrate${path.slice(mounted.length)}` : path
  return known.replace(/(?<=.)\/$/, '')
}

function operationOf(method: string, path: string, health: boolean): string | undefined {
  const template = Object.entries(document.paths)
    .filter(([, item]) => 'servers' in item === health)
    .map(([known]) => known)
    .find((known) => new RegExp(`^${known.replace(/\{\w+\}/g, '[^/]+')}$`).test(path))
  const operation = template === undefined ? undefined : `/paths/${escaped(template)}/${method.toLowerCase()}`
  return operation !== undefined && at(operation) !== undefined ? operation : undefined
}

function wrongHeaders({ headers = {} }: Response, exchanged: Exchanged): string[] {
  return Object.entries(headers).flatMap(([name, given]) => {
    const { required, schema } = dereferenced(given) as Header
    const value = exchanged.headers[name.toLowerCase()]
    if (value === undefined) return required ? [`without ${name}`] : []
    const valid: boolean = ajv.validate(schema, value)
    return valid ? [] : [`${name}: ${value}`]
  })
}

function wrongBody(place: string, { content }: Response, { method, headers, body }: Exchanged): string[] {
  const [type = ''] = (headers['content-type'] ?? '').split(';', 1)
  if (content === undefined) return method === 'HEAD' || body === '' ? [] : ['a body']
  if (!(type in content)) return [`the content type ${type} is not declared`]
  if (!type.endsWith('json')) return []
  return invalid(`${place}/content/${escaped(type)}/schema`, JSON.parse(body))
}

function invalid(pointer: string, value: unknown): string[] {
  const validate = compiled.get(pointer) ?? ajv.compile({ $ref: `openapi#${encodeURI(pointer)}` })
  compiled.set(pointer, validate)
  if (validate(value)) return []
  return (validate.errors ?? []).map(({ instancePath, message, params }) =>
    [instancePath, message, JSON.stringify(params)].join(' '),
  )
}

/** The pointer behind a reference, or the pointer itself; undefined where there is nothing. */
function resolved(pointer: string): string | undefined {
  const found = at(pointer)
  if (found === undefined) return undefined
  return typeof found.$ref === 'string' ? found.$ref.slice(1) : pointer
}

function dereferenced(value: object): unknown {
  return '$ref' in value && typeof value.$ref === 'string' ? at(value.$ref.slice(1)) : value
}

function at(pointer: string): Readonly<Record<string, unknown>> | undefined {
  const steps = pointer.split('/').slice(1)
  return steps.reduce<unknown>(
    (value, step) => (value as Record<string, unknown> | undefined)?.[step.replaceAll('~1', '/')],
    document,
  ) as Readonly<Record<string, unknown>> | undefined
}

function escaped(step: string): string {
  return step.replaceAll('~', '~0').replaceAll('/', '~1')
}

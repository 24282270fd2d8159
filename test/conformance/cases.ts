import { readSecret, secret } from '../hostile/rig.js'

/** A request, and the answer that it gets wherever the door is mounted. `id` is stable. */
export interface Case {
  readonly id: string
  readonly method?: string
  /** What follows the door's path. */
  readonly path?: string
  /** The client, as the trusted proxy names it. Default: an allowed one. */
  readonly from?: string
  /** Default: the right token. */
  readonly authorization?: string | null
  /** Further header lines, as they are. */
  readonly head?: string
  readonly body?: string
  readonly expected: {
    readonly status: number
    /** The problem's code; absent: it is a success. */
    readonly code?: string
    readonly headers?: Readonly<Record<string, string>>
  }
}

const refusal = (status: number, code: string, headers?: Readonly<Record<string, string>>) => ({
  expected: { status, code, ...(headers && { headers }) },
})
const challenge = { 'www-authenticate': 'Bearer realm="migrate"' }
const invalid = { 'www-authenticate': 'Bearer realm="migrate", error="invalid_token"' }
const json = 'Content-Type: application/json\r\n'
const form = 'Content-Type: application/x-www-form-urlencoded\r\n'

export const cases: readonly Case[] = [
  { id: 'admits-status', expected: { status: 200 } },
  { id: 'admits-head', method: 'HEAD', expected: { status: 200 } },
  { id: 'admits-dry-run-by-query', method: 'POST', path: '?dryRun=true', expected: { status: 200 } },
  { id: 'admits-scheme-in-any-case', authorization: `bEaReR ${secret}`, expected: { status: 200 } },
  { id: 'admits-mapped-address', from: '::ffff:203.0.113.9', expected: { status: 200 } },
  { id: 'admits-read-secret-to-look', authorization: `Bearer ${readSecret}`, expected: { status: 200 } },
  { id: 'admits-runs', path: '/runs', expected: { status: 200 } },
  { id: 'address-not-listed', from: '198.51.100.7', ...refusal(403, 'forbidden') },
  { id: 'address-spoofed-before', from: '203.0.113.9, 198.51.100.7', ...refusal(403, 'forbidden') },
  { id: 'address-unparsable', from: 'unknown', ...refusal(403, 'forbidden') },
  { id: 'address-octal', from: '0313.0.113.9', ...refusal(403, 'forbidden') },
  { id: 'address-of-loopback', from: '127.0.0.1', ...refusal(403, 'forbidden') },
  {
    id: 'address-in-another-header',
    from: '198.51.100.7',
    head: 'X-Real-IP: 203.0.113.9\r\nForwarded: for=203.0.113.9\r\n',
    ...refusal(403, 'forbidden'),
  },
  { id: 'browser-cross-site', head: 'Sec-Fetch-Site: cross-site\r\n', ...refusal(403, 'cross_site') },
  { id: 'browser-foreign-origin', head: 'Origin: https://evil.example\r\n', ...refusal(403, 'cross_site') },
  { id: 'browser-preflight', method: 'OPTIONS', authorization: null, ...refusal(401, 'unauthorized') },
  { id: 'token-missing', authorization: null, ...refusal(401, 'unauthorized', challenge) },
  {
    id: 'token-of-another-scheme',
    authorization: `Token ${secret}`,
    ...refusal(401, 'unauthorized', challenge),
  },
  { id: 'token-wrong', authorization: 'Bearer wrong', ...refusal(401, 'unauthorized', invalid) },
  {
    id: 'token-beginning',
    authorization: `Bearer ${secret.slice(0, -1)}`,
    ...refusal(401, 'unauthorized', invalid),
  },
  { id: 'token-malformed', authorization: 'Bearer', ...refusal(400, 'bad_request') },
  { id: 'token-twice', head: `Authorization: Bearer ${secret}\r\n`, ...refusal(400, 'bad_request') },
  {
    id: 'token-in-query',
    method: 'POST',
    path: `?access_token=${secret}`,
    authorization: null,
    ...refusal(401, 'unauthorized', challenge),
  },
  {
    id: 'token-in-cookie',
    authorization: null,
    head: `Cookie: access_token=${secret}\r\n`,
    ...refusal(401, 'unauthorized', challenge),
  },
  {
    id: 'read-secret-acts',
    method: 'POST',
    authorization: `Bearer ${readSecret}`,
    ...refusal(403, 'insufficient_scope'),
  },
  {
    id: 'method-unknown',
    method: 'PUT',
    ...refusal(405, 'method_not_allowed', { allow: 'GET, HEAD, POST' }),
  },
  { id: 'method-overridden', head: 'X-HTTP-Method-Override: POST\r\n', expected: { status: 200 } },
  { id: 'path-unknown', path: '/nowhere', ...refusal(404, 'not_found') },
  { id: 'path-undecodable', path: '/runs/%ff', ...refusal(400, 'bad_request') },
  { id: 'run-unknown', path: '/runs/0197a4c2-7d7e-7000-8000-00000000ffff', ...refusal(404, 'unknown_run') },
  { id: 'query-unknown', method: 'POST', path: '?force=true', ...refusal(400, 'invalid_option') },
  { id: 'query-coerced', method: 'POST', path: '?dryRun=1', ...refusal(400, 'invalid_option') },
  { id: 'query-prototype', method: 'POST', path: '?__proto__[x]=1', ...refusal(400, 'invalid_option') },
  { id: 'early-data', method: 'POST', head: 'Early-Data: 1\r\n', ...refusal(425, 'too_early') },
  { id: 'header-lines', head: 'X: y\r\n'.repeat(101), ...refusal(431, 'header_fields_too_large') },
  {
    id: 'body-without-token',
    method: 'POST',
    authorization: null,
    head: json,
    body: '{"dryRun":true}',
    ...refusal(401, 'unauthorized', challenge),
  },
]

/** What holds only where nobody before the door reads bodies; elsewhere such a body is refused, not ignored. */
export const bodyCases: readonly Case[] = [
  { id: 'body-dry-run', method: 'POST', head: json, body: '{"dryRun":true}', expected: { status: 200 } },
  {
    id: 'body-unknown-option',
    method: 'POST',
    head: json,
    body: '{"force":true}',
    ...refusal(400, 'invalid_option'),
  },
  { id: 'body-no-json', method: 'POST', head: json, body: '{"dryRun"', ...refusal(400, 'bad_request') },
  {
    id: 'body-of-another-type',
    method: 'POST',
    head: form,
    body: 'dryRun=true',
    ...refusal(415, 'unsupported_media_type'),
  },
  {
    id: 'body-compressed',
    method: 'POST',
    head: `${json}Content-Encoding: gzip\r\n`,
    body: '{"dryRun":true}',
    ...refusal(415, 'unsupported_media_type'),
  },
  {
    id: 'body-too-large',
    method: 'POST',
    head: json,
    body: `{"expect":"${'a'.repeat(16_400)}"}`,
    ...refusal(413, 'payload_too_large'),
  },
]

/** The bytes of a case, for a door at `base`. */
export function bytesOf(
  {
    method = 'GET',
    path = '',
    from = '203.0.113.9',
    authorization = `Bearer ${secret}`,
    head = '',
    body,
  }: Case,
  base: string,
): string {
  const length = body === undefined && method !== 'POST' ? '' : `Content-Length: ${(body ?? '').length}\r\n`
  const token = authorization === null ? '' : `Authorization: ${authorization}\r\n`
  const lines = `Host: door.example\r\nX-Forwarded-For: ${from}\r\n${token}${head}${length}`
  return `${method} ${base}${path} HTTP/1.1\r\n${lines}\r\n${body ?? ''}`
}

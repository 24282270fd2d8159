import { canaries } from './canaries.js'
import type { Sent } from './canary-rig.js'

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
/** The header of a caller who may act. */
export const right = bearer(canaries.current)
/** An address that is not on the list. */
const elsewhere = '127.0.0.9'
const enc = encodeURIComponent(canaries.current)
const basic = Buffer.from(`:${canaries.current}`).toString('base64')
const json = { ...right, 'content-type': 'application/json' }

/** Requests that some gate refuses, with secrets where they do not belong. */
export const refused: readonly Sent[] = [
  { from: elsewhere, headers: right },
  { from: elsewhere, path: `/${enc}?token=${enc}`, headers: { ...right, 'user-agent': canaries.current } },
  { method: 'POST' },
  { method: 'POST', headers: bearer(`${canaries.current}x`) },
  { method: 'POST', headers: bearer(enc) },
  { method: 'POST', headers: { authorization: `Basic ${basic}` } },
  { method: 'POST', headers: bearer(canaries.read) },
  { path: `/api/migrate?access_token=${enc}` },
  { path: `/api/migrate/${enc}`, headers: { cookie: `token=${canaries.current}; basic=${basic}` } },
  { path: `/api/migrate/runs/${enc}`, headers: right },
  { path: `/${enc}`, headers: right },
  { method: enc.slice(0, 3), headers: right },
  { method: 'DELETE', headers: { ...right, 'x-request-id': canaries.current } },
  { method: 'POST', path: `/api/migrate?${enc}=${enc}`, headers: right },
  { method: 'POST', headers: json, body: JSON.stringify({ [canaries.current]: canaries.session }) },
  { method: 'POST', headers: json, body: JSON.stringify({ expect: canaries.current }) },
  { method: 'POST', headers: json, body: `{"expect":"${canaries.current}` },
  { method: 'POST', headers: { ...right, 'content-type': 'text/plain' }, body: canaries.current },
  { headers: { ...right, origin: `https://${canaries.read.slice(4, 30)}.example` } },
]

/** Secrets in every header whose value somebody might keep. */
export const everywhere = (token: string) => ({
  ...bearer(token),
  'user-agent': `curl ${canaries.current} ${canaries.previous}`,
  'x-actor': `${canaries.read} ${enc} ${basic} ${encodeURIComponent(canaries.session)} ${canaries.password}`,
  'x-request-id': canaries.current,
  cookie: `a=${canaries.current}`,
  referer: `http://a/${enc}`,
})

/** Requests that pass, with secrets beside the token. */
export const admitted: readonly Sent[] = [
  { headers: everywhere(canaries.read) },
  { headers: everywhere(canaries.previous), method: 'POST', path: '/api/migrate?dryRun=true' },
  { headers: everywhere(canaries.current), method: 'POST' },
  { headers: everywhere(canaries.previous), path: '/api/migrate/runs' },
]

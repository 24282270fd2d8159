import { request, secret, session, type HostileCase } from './rig.js'

const none = 'Content-Length: 0\r\n'
const sent = (head: string) => Buffer.from(request('POST /api/migrate', `${head}\r\n${none}`), 'utf8')
const token = (value: string) => sent(`Authorization: Bearer ${value}`)

/** Everything that is almost a right token. */
export const tokens: readonly HostileCase[] = [
  ['the session secret', token(session), 401],
  ['the token without its first character', token(secret.slice(1)), 401],
  ['the token twice in one', token(secret + secret), 401],
  ['the token backwards', token(Array.from(secret).reverse().join('')), 401],
  ['the token in upper case', token(secret.toUpperCase()), 401],
  [
    'the bytes that the token spells in hexadecimal',
    token(Buffer.from(secret, 'hex').toString('base64')),
    401,
  ],
  ['the token in hexadecimal', token(Buffer.from(secret).toString('hex')), 401],
  ['the token in base64url', token(Buffer.from(secret).toString('base64url')), 401],
  ['the token with its first letter percent-encoded', token(`%36${secret.slice(1)}`), 401],
  ['the token with an escape of JSON', token(`\\u0036${secret.slice(1)}`), 401],
  ['the token behind a comma', token(`,${secret}`), 401],
  ['the token before a comma', token(`${secret},`), 401],
  ['the token as a parameter', token(`token="${secret}"`), 401],
  ['the token before a fragment', token(`${secret}#x`), 401],
  ['the token behind a no-break space', token(`\u00a0${secret}`), 401],
  ['the token behind a direction mark', token(`\u202e${secret}`), 401],
  ['null', token('null'), 401],
  ['an object', token('[object]'), 401],
  ['the scheme and a colon', sent(`Authorization: Bearer:${secret}`), 401],
  ['the scheme without a space', sent(`Authorization: Bearer${secret}`), 401],
  ['a scheme that begins alike', sent(`Authorization: Bearers ${secret}`), 401],
  ['a scheme with a Cyrillic letter', sent(`Authorization: \u0412earer ${secret}`), 401],
  ['the scheme before a no-break space', sent(`Authorization: Bearer\u00a0${secret}`), 401],
  ['a proof of possession', sent(`Authorization: DPoP ${secret}`), 401],
  ['a negotiation', sent(`Authorization: Negotiate ${secret}`), 401],
  ['another header of that name', sent(`X-Authorization: Bearer ${secret}`), 401],
  ['a header almost of that name', sent(`Authorization_: Bearer ${secret}`), 401],
  ['a subprotocol', sent(`Sec-WebSocket-Protocol: ${secret}`), 401],
  ['a cookie of that name', sent(`Cookie: Authorization=Bearer%20${secret}`), 401],
  ['an address with a user', request(`POST /api/migrate?user=${secret}@`, none), 401],
  ['two schemes in one line', sent(`Authorization: Bearer, Bearer ${secret}`), 401],
  ['the right line before an empty one', sent(`Authorization: Bearer ${secret}\r\nAuthorization:`), 400],
  ['the right line behind an empty one', sent(`Authorization:\r\nAuthorization: Bearer ${secret}`), 400],
  [
    'the right line behind one of another scheme',
    sent(`Authorization: Basic eDp5\r\nAuthorization: Bearer ${secret}`),
    400,
  ],
  [
    'lines of which one is in lower case',
    sent(`authorization: Bearer x\r\nAUTHORIZATION: Bearer ${secret}`),
    400,
  ],
  ['two tabs', sent(`Authorization: Bearer\t\t${secret}`), 400],
  ['a space and a tab', sent(`Authorization: Bearer \t${secret}`), 400],
  ['a word behind the token', sent(`Authorization: Bearer ${secret} x`), 400],
]

import { text as textThat } from './parser.js'

/** What node-postgres understands; `allow` is libpq's alone. */
const sslModes = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify']

/** A `postgres://` or `postgresql://` URL. Its messages never quote any of it. */
export const postgresUrl = textThat(postgresUrlProblem)

/** A Sentry DSN: `https://KEY@HOST/PROJECT`. Its messages never quote any of it. */
export const sentryDsn = textThat((text) => {
  const url = parsed(text)
  const scheme = url && /^https?:$/.test(url.protocol)
  if (scheme && url.username !== '' && url.hostname !== '' && /\/[0-9]+$/.test(url.pathname)) return undefined
  return 'it is not a Sentry DSN'
})

function postgresUrlProblem(text: string): string | undefined {
  if (!/^postgres(?:ql)?:\/\//.test(text)) return 'it does not begin with postgres:// or postgresql://'
  if (/[\s\p{Cc}]/u.test(text)) return 'it contains white space; percent-encode it (%20)'
  const url = parsed(text)
  // A raw `/`, `?` or `#` ends the authority, and the password's rest, with its `@`, lands behind the host.
  if (url === undefined || url.pathname.includes('@') || url.hash !== '') {
    return 'host, port or password cannot be told apart; percent-encode @ : / ? # % in the password (%40 %3A %2F %3F %23 %25)'
  }
  if (/%(?![0-9A-Fa-f]{2})/.test(text))
    return 'a % is not followed by two hexadecimal digits; write %25 for %'
  const sslMode = url.searchParams.get('sslmode')
  if (sslMode !== null && !sslModes.includes(sslMode)) return `sslmode is none of ${sslModes.join(', ')}`
  return undefined
}

function parsed(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined
}

/**
 * The passwords that a database URL may hold, as written and percent-decoded; of a malformed URL whatever stands where
 * one is expected, so that it can be kept out of messages.
 */
export function urlPasswords(text: string): readonly string[] {
  const userInfo = wellFormed(text) ? /^[^:]*:\/\/[^:/?#@]*:([^/?#]*)@/ : /^[^:]*:\/\/[^:/?#@]*:(.*)@/s
  const parameters = [...text.matchAll(/[?&]([^=&#]*)=([^&#]*)/g)]
  const named = parameters.filter(([, name = '']) => decoded(name) === 'password').map(([, , value]) => value)
  const written = [userInfo.exec(text)?.[1], ...named]
  const found = written.filter((password): password is string => Boolean(password))
  return Object.freeze([...new Set(found.flatMap((password) => [password, decoded(password)]))])
}

function wellFormed(text: string): boolean {
  return postgresUrlProblem(text) === undefined
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

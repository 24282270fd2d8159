import { visibleJson } from './visible.js'

/** A call of the door for a shell, which knows the secret. */
export interface CurlCall {
  /** Absolute. */
  readonly url: string
  /** Default: GET. */
  readonly method?: 'POST' | 'DELETE'
  readonly body?: unknown
}

/** One line for a POSIX shell; the token is left to the shell's `MIGRATION_SECRET`, or `MIGRATION_READ_SECRET` to look. */
export function curlLine({ url, method, body }: CurlCall): string {
  const secret = method === undefined ? 'MIGRATION_READ_SECRET' : 'MIGRATION_SECRET'
  return [
    'curl -sS --fail-with-body',
    ...(method === undefined ? [] : [`-X ${method}`]),
    quoted(url),
    `-H "Authorization: Bearer $${secret}"`,
    ...(body === undefined ? [] : ["-H 'Content-Type: application/json'", `-d ${quoted(visibleJson(body))}`]),
  ].join(' ')
}

/** Within single quotes a shell takes everything as it is but the quote itself (POSIX, Shell Command Language §2.2.2). */
function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`
}

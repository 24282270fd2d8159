import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface CurlLineOptions {
  /** The secret that the server accepts: searched for in the files, never printed. */
  readonly secret: string
  readonly url: string
  /** Where `.env.local` and `.env` lie. */
  readonly dir: string
  /** `MIGRATION_SECRET_FILE`, where the secret came from there. */
  readonly secretFile?: string | undefined
}

/** Takes the value after `MIGRATION_SECRET=`, with or without quotes around it. */
const plain = String.raw`s/^MIGRATION_SECRET=//p`
const quoted = String.raw`s/^ *\(export \)\{0,1\}MIGRATION_SECRET *= *["'\'']\{0,1\}\([A-Za-z0-9._~+\/=-]*\).*$/\2/p`

/**
 * The line that calls the door when pasted into a shell: the shell reads the secret from where the server found it. Of a
 * refusal it shows the body, which says what to do.
 */
export function curlLine({ secret, url, dir, secretFile }: CurlLineOptions): string {
  const token = secretFile === undefined ? fromEnvFile(secret, dir) : `$(cat ${shellQuoted(secretFile)})`
  return `curl -sS --fail-with-body -X POST ${shellQuoted(url)} -H "Authorization: Bearer ${token ?? '$MIGRATION_SECRET'}"`
}

function fromEnvFile(secret: string, dir: string): string | undefined {
  for (const name of ['.env.local', '.env']) {
    const path = join(dir, name)
    const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : []
    const assignments = lines.filter((line) => /^\s*(export )?MIGRATION_SECRET\s*=/.test(line))
    if (assignments.length !== 1 || !assignments[0]?.includes(secret)) continue
    const expression = assignments[0] === `MIGRATION_SECRET=${secret}` ? plain : quoted
    return `$(sed -n '${expression}' ${shellQuoted(path)})`
  }
  return undefined
}

/** Plain words stay as they are; anything else stands in single quotes. */
function shellQuoted(word: string): string {
  return /^[\w./:@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}

import { createHash } from 'node:crypto'

const encodings = ['hex', 'base64', 'base64url'] as const

/**
 * Whether two secrets are one: compared after trimming, as written and decoded from base64, base64url and hex, on
 * either side or both. Start-up only; the gate compares in constant time.
 */
export function sameSecret(a: string, b: string): boolean {
  const forms = formsOf(a)
  return [...formsOf(b)].some((form) => forms.has(form))
}

/** Digests of everything that the text may stand for. */
function formsOf(text: string): ReadonlySet<string> {
  const trimmed = text.trim()
  const forms = new Set<string>()
  if (trimmed === '') return forms
  forms.add(digest(Buffer.from(trimmed)))
  // `base64` and `openssl base64` break their lines.
  const encoded = trimmed.replace(/[\r\n]+/g, '')
  for (const encoding of encodings) {
    const decoded = Buffer.from(encoded, encoding)
    // Node skips what it cannot decode, so that `a!b` would equal `ab`: only what encodes back to itself counts.
    if (canonical(decoded.toString(encoding)) === canonical(encoded, encoding))
      forms.add(digest(trimBytes(decoded)))
  }
  return forms
}

function canonical(text: string, encoding?: BufferEncoding): string {
  return (encoding === 'hex' ? text.toLowerCase() : text).replace(/=+$/, '')
}

/** `echo secret | base64` encodes the line break, too. Latin-1 keeps bytes that are no text. */
function trimBytes(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString('latin1').replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, ''), 'latin1')
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('base64')
}

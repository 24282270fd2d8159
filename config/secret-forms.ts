import { createHash } from 'node:crypto'

const decodings: readonly { readonly pattern: RegExp; readonly encoding: BufferEncoding }[] = [
  { pattern: /^(?:[0-9A-Fa-f]{2})+$/, encoding: 'hex' },
  { pattern: /^[A-Za-z0-9+/]+={0,2}$/, encoding: 'base64' },
  { pattern: /^[A-Za-z0-9_-]+={0,2}$/, encoding: 'base64url' },
]

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
  for (const { pattern, encoding } of decodings) {
    // Node skips what it cannot decode, so that without the pattern `a!b` would equal `ab`.
    const decoded = pattern.test(trimmed) ? Buffer.from(trimmed, encoding) : Buffer.alloc(0)
    if (decoded.length > 0) forms.add(digest(trimBytes(decoded)))
  }
  return forms
}

/** `echo secret | base64` encodes the line break, too. Latin-1 keeps bytes that are no text. */
function trimBytes(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString('latin1').replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, ''), 'latin1')
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('base64')
}

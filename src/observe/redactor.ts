/** Takes known secret values out of everything that leaves the process. */
export interface Redactor {
  /** The text with every known value, in any of its forms, replaced by `[redacted]`. */
  text(text: string): string
  /** Values learnt later, such as those of a re-read secret file. Forgets none: an old secret may still occur. */
  learn(values: readonly string[]): void
}

export const redacted = '[redacted]'

/** Shorter values occur by chance in every other word; whoever has such a password has no secret to lose. */
const shortest = 4

/** A redactor of these values, also as they look percent-encoded, form-encoded, in hexadecimal, base64 and within JSON. */
export function createRedactor(values: readonly string[] = []): Redactor {
  const forms = new Set<string>()
  let pattern: RegExp | undefined
  let beginnings: RegExp | undefined
  const clean = createCleanTexts()
  const learn = (learnt: readonly string[]): void => {
    for (const value of learnt.filter((candidate) => candidate.length >= shortest)) {
      for (const form of formsOf(value)) forms.add(form)
    }
    // Longest first: of two values of which one begins with the other, none must leave its rest.
    const longestFirst = [...forms].sort((a, b) => b.length - a.length)
    pattern = anyOf(longestFirst, 'g')
    beginnings = anyOf(longestFirst.map((form) => form.slice(0, shortestTail)))
    clean.forget()
  }
  const scrub = (text: string): string => {
    // Where no form begins none can stand, whole or cut off: most texts are looked through once.
    if (pattern === undefined || beginnings?.test(text) !== true) return text
    return withoutTail(text.replace(pattern, redacted), forms)
  }
  learn(values)
  return Object.freeze({
    learn,
    text: (text: string) => {
      if (clean.has(text)) return text
      const scrubbed = scrub(text)
      if (scrubbed === text) clean.add(text)
      return scrubbed
    },
  })
}

function anyOf(texts: readonly string[], flags = ''): RegExp | undefined {
  return texts.length === 0 ? undefined : new RegExp([...new Set(texts)].map(escaped).join('|'), flags)
}

/** Longer ones are seldom the same again. */
const longestKept = 32
const mostKept = 512

/**
 * Short texts in which no value was found, such as the names and words of each refusal's line. At most 512 of them, then
 * it begins anew; forgotten when further values are learnt.
 */
function createCleanTexts() {
  const texts = new Set<string>()
  return {
    has: (text: string): boolean => text.length <= longestKept && texts.has(text),
    add: (text: string): void => {
      if (text.length > longestKept) return
      if (texts.size >= mostKept) texts.clear()
      texts.add(text)
    },
    forget: (): void => texts.clear(),
  }
}

/** Of a secret that was cut off at the end of a text, this much of its beginning is taken for it. */
const shortestTail = 8

/** A message that was cut before it came here may end in the midst of a secret. */
function withoutTail(text: string, forms: Iterable<string>): string {
  for (const form of forms) {
    if (form.length <= shortestTail) continue
    const at = text.indexOf(form.slice(0, shortestTail), Math.max(0, text.length - form.length))
    if (at !== -1 && form.startsWith(text.slice(at))) return `${text.slice(0, at)}${redacted}`
  }
  return text
}

/** The redactor of these values, or the one given, so that loggers and alerts may share one that learns. */
export function redactorOf(redact: readonly string[] | Redactor): Redactor {
  return 'text' in redact ? redact : createRedactor(redact)
}

function formsOf(value: string): readonly string[] {
  const percent = encodeURIComponent(value.replace(/\p{Surrogate}/gu, '\ufffd'))
  const lower = percent.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())
  const form = new URLSearchParams({ v: value }).toString().slice(2)
  return [value, percent, lower, form, JSON.stringify(value).slice(1, -1), ...binaryForms(Buffer.from(value))]
}

/** Encoded, a shorter value is a few letters that stand in other words too. */
const shortestEncoded = 8

function binaryForms(bytes: Buffer): readonly string[] {
  if (bytes.length < shortestEncoded) return []
  const hex = bytes.toString('hex')
  const base64 = [0, 1, 2].map((before) => base64Within(bytes, before))
  const forUrls = base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'))
  return [hex, hex.toUpperCase(), ...base64, ...forUrls]
}

/** What base64 makes of these bytes with others around them: the characters that no neighbour has a bit in. */
function base64Within(bytes: Buffer, before: number): string {
  const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64')
  return text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6))
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}

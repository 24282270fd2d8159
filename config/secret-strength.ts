/** The shortest secret that is not reported. */
export const strongLength = 32

/** Letters and digits of what tutorials, templates and tired people write; six and more, so that chance does not. */
const placeholders = [
  'changeme',
  'changethis',
  'changeit',
  'replaceme',
  'replacethis',
  'replacewith',
  'yoursecret',
  'yourmigration',
  'yourtoken',
  'mysecret',
  'somesecret',
  'supersecret',
  'secrethere',
  'secretkey',
  'migrationsecret',
  'topsecret',
  'placeholder',
  'example',
  'insecure',
  'password',
  'letmein',
  'dummysecret',
  'opensslrand',
  'generateone',
  'notsecret',
  'fillmein',
]

/**
 * Why a secret could be guessed, or undefined. A UUID passes, and so does every `openssl rand -hex 32` (of 10⁹ random
 * ones less than one falls below any of these bounds).
 */
export function weakness(secret: string): string | undefined {
  const text = secret.trim()
  if (text.length < strongLength) return `is shorter than ${strongLength} characters`
  const letters = text.toLowerCase().replace(/[^a-z0-9]/g, '')
  if (placeholders.some((placeholder) => letters.includes(placeholder))) return 'looks like a placeholder'
  if (new Set(text).size < 8) return 'has little variety: fewer than 8 different characters'
  if (period(text) <= text.length / 2) return 'has little variety: it repeats itself'
  if (sequenceShare(text) > 2 / 3) return 'has little variety: its characters follow one another'
  return undefined
}

/** Length of the shortest block whose repetition is the text, by the failure function of Knuth, Morris and Pratt. */
function period(text: string): number {
  const failure = [0]
  for (let index = 1, length = 0; index < text.length; index += 1) {
    while (length > 0 && text[index] !== text[length]) length = failure[length - 1] ?? 0
    if (text[index] === text[length]) length += 1
    failure.push(length)
  }
  return text.length - (failure.at(-1) ?? 0)
}

/** Share of neighbours of which one follows the other, or is the same: `abcdef…`, `987654…`, `aaaabbbb…`. */
function sequenceShare(text: string): number {
  const steps = Array.from(text.slice(1)).map((char, index) => char.charCodeAt(0) - text.charCodeAt(index))
  return steps.filter((step) => Math.abs(step) <= 1).length / steps.length
}

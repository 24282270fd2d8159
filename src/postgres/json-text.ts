/**
 * A value as JSON that `jsonb` takes: it has no NUL (PostgreSQL manual §8.14) and no half of a surrogate pair. Both come
 * out as U+FFFD.
 */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'string' ? storable(member) : member,
  )
}

/** A text that PostgreSQL takes. */
export function storable(text: string): string {
  return text.replace(/[\0\p{Surrogate}]/gu, '\ufffd')
}

/**
 * Characters that draw nothing or turn the direction of what follows: controls (Unicode category Cc), formats (Cf, with
 * the bidirectional ones), line separators, and surrogates without their pair.
 */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

const escaped = (character: string): string =>
  `\\u{${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}}`

/** Text of somebody else's with nothing hidden in it: what cannot be seen is shown by its code point. */
export function visible(text: string): string {
  return text.replace(unseen, escaped)
}

/** JSON that shows all there is in it, and means the same: what cannot be seen stands as an escape (RFC 8259 §7). */
export function visibleJson(value: unknown): string {
  return JSON.stringify(value).replace(unseen, (character) =>
    [...Array(character.length).keys()]
      .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
      .join(''),
  )
}

import type { Parser } from './parse/parser.js'

/** One row of the table of variables. */
export interface Variable<T> {
  /** From text to the trusted value; its problems never quote a confidential text. */
  readonly parse: Parser<T>
  /** What a right value looks like: ends the remedy "Give …". */
  readonly form: string
  /** One line of documentation, in Markdown. */
  readonly doc: string
  /** The default, as a text that is parsed as any other, so that documentation and behaviour cannot differ. */
  readonly fallback?: string
  /** The default of local environments, where it differs. */
  readonly local?: string
  /** Says the default in words, where there is no text for it. */
  readonly defaultDoc?: string
  /** Secret or URL: never quoted, and `.env.example` leaves its value out. */
  readonly confidential?: true
  /** May be given as `X_FILE`. */
  readonly file?: true
  /** Largest file in bytes, where it is not 64 KiB. */
  readonly maxBytes?: number
  /** Whether an empty file is a value. */
  readonly mayBeEmpty?: true
  /** The line of `.env.example`, where it is not the default. */
  readonly example?: string
}

/** What a variable with this row yields. */
export type ValueOf<V> = V extends Variable<infer T> ? T : never

/** Keeps the row's own type, so that the reader knows what it yields and whether it has a default. */
export function variable<T, const V extends Variable<T>>(row: V & { readonly parse: Parser<T> }): V {
  return Object.freeze(row)
}

/** A bearer token or another credential; `config/secrets.ts` holds the rules. */
export function secret<const Doc extends string>(doc: Doc, defaultDoc = '–') {
  return variable({
    parse: (text: string) => ({ value: text }),
    form: 'a token made with `openssl rand -hex 32`',
    doc,
    defaultDoc,
    confidential: true,
    file: true,
  })
}

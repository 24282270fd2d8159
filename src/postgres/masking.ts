/** In the order of trying: comments, dollar-quoted, escape and plain strings, then what stays, then numbers (§4.1). */
const lexeme = new RegExp(
  [
    String.raw`(?<comment>--[^\n]*|/\*[\s\S]*?(?:\*/|$))`,
    String.raw`(?<constant>\$(?<tag>(?:[A-Za-z_]\w*)?)\$[\s\S]*?(?:\$\k<tag>\$|$)`,
    String.raw`e'(?:[^'\\]|\\[\s\S]|'')*(?:'|$)|(?:[bxn]|u&)?'(?:[^']|'')*(?:'|$))`,
    String.raw`"(?:[^"]|"")*(?:"|$)|\$\d+|[\p{L}_][\p{L}\p{N}_$]*`,
    String.raw`(?<number>\.?\d[\w.]*)`,
  ].join('|'),
  'giu',
)

interface Lexeme {
  readonly comment?: string
  readonly constant?: string
  readonly number?: string
}

/**
 * Constants may be anybody's data, and comments too; what is left is the shape of the statement (PostgreSQL manual §4.1).
 * A statement that was cut off, as `track_activity_query_size` does, is masked to its end.
 */
export function maskLiterals(sql: string): string {
  const masked = sql.replace(lexeme, (text: string, ...rest: unknown[]) => {
    const { comment, constant, number } = rest.at(-1) as Lexeme
    if (comment !== undefined) return ' '
    return constant === undefined && number === undefined ? text : '?'
  })
  return masked.replace(/\s+/g, ' ').trim()
}

/** The same without quoted names, which may hold anything too: for looking at keywords alone. */
export function withoutConstants(sql: string): string {
  return maskLiterals(sql).replace(/"(?:[^"]|"")*"/g, '""')
}

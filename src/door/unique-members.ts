/** Strings, which member names are where a colon follows, and the brackets that open and close what has members. */
const tokens = /("(?:[^"\\]|\\.)*")([ \t\r\n]*:)?|[{}[\]]/g

/**
 * Whether no object in a JSON text, which has been parsed already, names a member twice. `JSON.parse` takes the last, other
 * programs the first (RFC 8259 §4): of `{"dryRun":true,"dryRun":false}` nobody can know which was meant.
 */
export function hasUniqueMembers(text: string): boolean {
  const open: Set<string>[] = []
  for (const [token, string, colon] of text.matchAll(tokens)) {
    const members = open.at(-1)
    if (string === undefined) {
      if (token === '{' || token === '[') open.push(new Set())
      else open.pop()
    } else if (colon !== undefined && members) {
      const name = JSON.parse(string) as string
      if (members.has(name)) return false
      members.add(name)
    }
  }
  return true
}

/**
 * What we make of PostgreSQL's types. An application changes the driver's parsers for the whole process
 * (`types.setTypeParser`), to have JSON as text or dates as strings; our own statements must not notice.
 */
export const ownTypes = Object.freeze({
  getTypeParser: (oid: number): ((text: string) => unknown) => parsers.get(oid) ?? verbatim,
})

const verbatim = (text: string): string => text

/** By the oids of pg_type, which are fixed; bigint and times stay text. */
const parsers: ReadonlyMap<number, (text: string) => unknown> = new Map<number, (text: string) => unknown>([
  [16, (text) => text === 't'],
  [21, Number],
  [23, Number],
  [26, Number],
  [114, JSON.parse],
  [3802, JSON.parse],
])

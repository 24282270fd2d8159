import { setImmediate as nextTurn } from 'node:timers/promises'
import { literal } from '../postgres/identifiers.js'
import type { Scope } from '../postgres/scope.js'
import type { Query } from '../postgres/session.js'
import type { JournalHead } from '../postgres/state.js'
import { breakOf, type JournalRow, type ParsedRecord } from './chain.js'
import { contradictions, lostJournal } from './cross-check.js'
import { genesisHash } from './record.js'
import { readPage } from './page.js'
import { changedRows } from './row-check.js'

/**
 * What verification found. `intact`: the chain holds from its first record to `seq`, and the live tables say the same.
 * Not intact: the first that is wrong, in words, with its number where it is one record. `exists: false`: no journal.
 */
export type JournalVerdict =
  | { readonly intact: true; readonly seq: number; readonly hash: string; readonly records: number }
  | { readonly intact: false; readonly seq: number | null; readonly reason: string; readonly records: number }
  | { readonly exists: false; readonly reason: string }

/** Runs work on a connection, for as long as it takes and no longer. */
export type Reader = <T>(work: (query: Query) => Promise<T>) => Promise<T>

export interface VerifyOptions {
  /** A head that was kept elsewhere. */
  readonly anchor?: JournalHead | undefined
  /** Told of each record that was found whole, in order; what it returns is waited for. */
  readonly onRecord?: ((record: ParsedRecord, hash: string) => void | Promise<void>) | undefined
  /** Rows that are read at once. Default: 500. */
  readonly batch?: number | undefined
}

/**
 * Verifies the whole chain, streaming: memory is bounded by two batches. Reads in short statements, so that it holds no
 * snapshot while it works; records that are appended meanwhile are verified too.
 */
export async function verifyJournal(
  read: Reader,
  scope: Scope,
  options: VerifyOptions = {},
): Promise<JournalVerdict> {
  if (!(await read((query) => exists(query, scope)))) {
    return missing(options.anchor, await read((query) => lostJournal(query, scope)))
  }
  const chain = await walk(read, scope, options)
  if ('reason' in chain) return { intact: false, records: chain.seq - 1, ...chain }
  const { seq, hash } = chain
  const anchored = options.anchor && anchorProblem(options.anchor, chain)
  if (anchored !== undefined)
    return { intact: false, seq: options.anchor?.seq ?? null, reason: anchored, records: seq }
  const [found] = await read(async (query) => [
    ...(await contradictions(query, scope)),
    ...(await changedRows(query, scope)),
  ])
  if (found) return { intact: false, ...found, records: seq }
  return { intact: true, seq, hash, records: seq }
}

async function exists(query: Query, { bookkeeping }: Scope): Promise<boolean> {
  const [row] = await query<{ present: boolean }>(
    `SELECT to_regclass(${literal(`${bookkeeping}.journal`)}) IS NOT NULL AS present`,
  )
  return row?.present === true
}

/** Where the chain ends, and which hash it has where the anchor is. */
interface Walked extends JournalHead {
  readonly atAnchor: string | undefined
}

async function walk(
  read: Reader,
  scope: Scope,
  { anchor, onRecord, batch = 500 }: VerifyOptions,
): Promise<Walked | { readonly seq: number; readonly reason: string }> {
  let before: JournalHead = { seq: 0, hash: genesisHash }
  let atAnchor = anchor?.seq === 0 ? genesisHash : undefined
  const fetch = (after: number): Promise<JournalRow[]> =>
    read((query) => readPage(query, scope, after, batch))
  for (let next = fetch(0); ;) {
    const rows = await next
    const last = rows.at(-1)
    if (!last) return { ...before, atAnchor }
    // Asked for while these are verified.
    next = fetch(Number(last.seq))
    next.catch(() => undefined)
    // To verify them keeps the event loop busy: the question has to be on its way before that.
    await nextTurn()
    for (const row of rows) {
      const reason = breakOf(row, before)
      if (reason !== undefined) return { seq: before.seq + 1, reason }
      before = { seq: before.seq + 1, hash: row.hash }
      if (before.seq === anchor?.seq) atAnchor = row.hash
      if (onRecord) await onRecord(JSON.parse(row.record) as ParsedRecord, row.hash)
    }
  }
}

/** A chain of which somebody cut the end, or which its owner wrote anew, is whole in itself; the anchor tells. */
function anchorProblem(anchor: JournalHead, { seq, atAnchor }: Walked): string | undefined {
  if (atAnchor === anchor.hash) return undefined
  const meaning =
    'Either records were removed or rewritten by somebody who may do so, or this database is a restored backup or a clone of the one that the anchor was taken from.'
  return seq < anchor.seq
    ? `the journal ends at record ${seq}, before the anchor’s ${anchor.seq}. ${meaning}`
    : `record ${anchor.seq} is not the one that the anchor names. ${meaning}`
}

function missing(anchor: JournalHead | undefined, lost: string | null): JournalVerdict {
  if (lost !== null) return { intact: false, seq: null, reason: lost, records: 0 }
  const reason = 'there is no journal in this database: no run was ever recorded here.'
  if (!anchor) return { exists: false, reason }
  return {
    intact: false,
    seq: anchor.seq,
    reason: `${reason} But there was one when the anchor was taken: it was dropped, or this is another database.`,
    records: 0,
  }
}

/** What is kept of a refused request: no token, no path, no body, no credential. */
export interface RefusalNote {
  /** Such as `unauthorized`. */
  readonly code: string
  readonly status: number
  /** A word such as `wrong` or `not-listed`. */
  readonly reason?: string | undefined
  /** The canonical address, where one could be told. */
  readonly address?: string | undefined
}

/** One kind of refusal within a summary. */
interface Counted {
  readonly code: string
  readonly status: number
  readonly reason: string | null
  count: number
  /** The first few that were seen. */
  readonly addresses: string[]
  /** Whether there were others. */
  moreAddresses: boolean
}

/** Refused requests, counted in bounded memory until somebody takes them. */
export interface RefusalTally {
  add(note: RefusalNote): void
  /** The summary as a record's data, and begins anew; undefined where nothing was refused. */
  take(): RefusalSummary | undefined
  /** What could not be written comes back, and is counted with what came since. */
  restore(summary: RefusalSummary): void
}

/** What was refused in the seconds before it was written. */
export interface RefusalSummary extends Readonly<Record<string, unknown>> {
  readonly seconds: number
  readonly total: number
  readonly refusals: readonly Readonly<Counted>[]
}

/** Codes and reasons are words of ours, so these are enough; more would be counted without a name. */
const maxKinds = 64
const maxAddresses = 5

/** Counts by code and reason, with a few addresses of each. */
export function createRefusalTally(): RefusalTally {
  let kinds = new Map<string, Counted>()
  let since = performance.now()
  const counted = (note: RefusalNote): Counted => {
    const own = `${note.code} ${note.reason ?? ''}`
    const key = kinds.has(own) || kinds.size < maxKinds ? own : 'others'
    const found = kinds.get(key) ?? fresh(key === own ? note : { code: key, status: 0 })
    kinds.set(key, found)
    return found
  }
  return Object.freeze({
    add: (note: RefusalNote) => {
      if (kinds.size === 0) since = performance.now()
      const kind = counted(note)
      kind.count += 1
      keepAddress(kind, note.address)
    },
    take: () => {
      if (kinds.size === 0) return undefined
      const refusals = [...kinds.values()].toSorted((a, b) => b.count - a.count)
      const total = refusals.reduce((sum, { count }) => sum + count, 0)
      const seconds = Math.max(1, Math.round((performance.now() - since) / 1000))
      kinds = new Map()
      return { seconds, total, refusals }
    },
    restore: ({ seconds, refusals }: RefusalSummary) => {
      since = performance.now() - seconds * 1000
      for (const { code, status, reason, count, addresses, moreAddresses } of refusals) {
        const kind = counted({ code, status, reason: reason ?? undefined })
        kind.count += count
        kind.moreAddresses ||= moreAddresses
        for (const address of addresses) keepAddress(kind, address)
      }
    },
  })
}

function fresh({ code, status, reason }: RefusalNote): Counted {
  return { code, status, reason: reason ?? null, count: 0, addresses: [], moreAddresses: false }
}

function keepAddress(counted: Counted, address: string | undefined): void {
  if (address === undefined || counted.addresses.includes(address)) return
  if (counted.addresses.length < maxAddresses) counted.addresses.push(address)
  else counted.moreAddresses = true
}

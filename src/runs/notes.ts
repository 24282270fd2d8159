import type { JournalEntry } from '../journal/record.js'
import { createRefusalTally, type RefusalNote } from '../journal/refusals.js'
import type { Hub } from '../postgres/hub.js'
import type { Logger } from '../observe/logger.js'
import type { Actor } from './actor.js'
import { after } from './ticket.js'

/**
 * What is journaled beside the runs, in the background: it opens no connection, creates nothing, waits for nobody, and a
 * failure of it ends nothing.
 */
export interface Notes {
  /** Counts a refused request; synchronous, memory only. */
  refused(note: RefusalNote): void
  /** The previous migration secret let somebody in; recorded at most once in six hours of this process. */
  previousSecretUsed(actor: Actor): void
  /** Writes what there is, if it can; never rejects. */
  flush(): Promise<void>
  /** The same a last time. */
  close(): Promise<void>
}

export interface NotesOptions {
  readonly hub: Hub
  readonly logger: Logger
  /** Milliseconds between two summaries. */
  readonly refusalsMs: number
}

const rotationMs = 6 * 60 * 60 * 1000
/** Milliseconds that the last flush may take. */
const lastFlushMs = 2_000

export function createNotes(options: NotesOptions): Notes {
  const tally = createRefusalTally()
  const rotation = createRotationNote()
  let timer: NodeJS.Timeout | undefined
  const arm = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined
      void flush()
    }, options.refusalsMs).unref()
  }
  const write = async (): Promise<void> => {
    const summary = tally.take()
    const used = rotation.take()
    const refused = summary && ({ kind: 'requests_refused', data: summary } as const)
    const entries = [...(used ? [used] : []), ...(refused ? [refused] : [])]
    if (entries.length === 0 || (await append(options, entries))) return
    if (summary) tally.restore(summary)
    if (used) rotation.restore(used)
    arm()
  }
  const flush = onceAfterEach(write)
  return Object.freeze({
    refused: (note: RefusalNote) => {
      tally.add(note)
      arm()
    },
    previousSecretUsed: (actor: Actor) => {
      if (rotation.used(actor)) void flush()
    },
    flush,
    close: async () => {
      await Promise.race([flush(), after(lastFlushMs)])
      clearTimeout(timer)
    },
  })
}

/**
 * What is asked for while it goes on is done once more after it, however often it is asked for: what was counted meanwhile
 * would be in neither else. `work` never rejects.
 */
function onceAfterEach(work: () => Promise<void>): () => Promise<void> {
  let going = Promise.resolve()
  let next: Promise<void> | undefined
  return () =>
    (next ??= going =
      going.then(() => {
        next = undefined
        return work()
      }))
}

/** Remembers a use of the previous secret that is to be recorded. */
function createRotationNote() {
  let pending: JournalEntry | undefined
  let seenAt = -Infinity
  return {
    used: ({ address, requestId, userAgent, declared }: Actor): boolean => {
      if (performance.now() - seenAt < rotationMs) return false
      seenAt = performance.now()
      pending = { kind: 'previous_secret_used', data: { address, requestId, userAgent, declared } }
      return true
    },
    take: () => {
      const taken = pending
      pending = undefined
      return taken
    },
    restore: (entry: JournalEntry) => void (pending ??= entry),
  }
}

/** Whether they were written; what goes wrong is tried again with the next summary. */
async function append({ hub, logger }: NotesOptions, entries: readonly JournalEntry[]): Promise<boolean> {
  const link = hub.peek()
  if (!link) return false
  try {
    const { appendAside } = await import('../journal/aside.js')
    return await appendAside(link, entries)
  } catch (error) {
    logger.warn('a summary could not be journaled; it is tried again', { error })
    return false
  }
}

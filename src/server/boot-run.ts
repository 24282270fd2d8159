import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../observe/logger.js'
import type { FailureCode } from '../problems/catalog.js'
import type { Actor } from '../runs/actor.js'
import type { Engine } from '../runs/engine.js'
import type { Failed, Outcome } from '../runs/outcome.js'

export interface BootRunOptions {
  readonly engine: Pick<Engine, 'migrate' | 'journal'>
  readonly logger: Logger
  /** Aborted when the server drains: no further attempt. */
  readonly signal: AbortSignal
  /** Milliseconds before the second attempt, doubled for each further one up to thirty times this. Default: 1000. */
  readonly backoffMs?: number
}

const actor: Actor = Object.freeze({ credential: 'boot' })

/** What mends itself without anybody changing the release or the database's contents. */
const transient: ReadonlySet<FailureCode> = new Set([
  'database_unavailable',
  'journal_unavailable',
  'blocked',
  'knex_locked',
  'interrupted',
])

/**
 * Applies what is pending at a cold start. Transient failures are tried again with jittered backoff; after any other
 * the process stays up, not ready, until somebody calls the door or restarts it. Resolves when there is no more to do.
 */
export async function bootRun(options: BootRunOptions): Promise<void> {
  const { engine, logger, signal, backoffMs = 1000 } = options
  const ended = (): boolean => signal.aborted
  for (let factor = 1; !ended(); factor = Math.min(factor * 2, 30)) {
    const outcome = await engine.migrate({}, actor)
    if (outcome.status !== 'failed') {
      const head = engine.journal.head()
      logger.info(summary(outcome), {
        ...fieldsOf(outcome),
        ...(head && { journalHead: `${head.seq}:${head.hash}` }),
      })
      return
    }
    if (outcome.code === 'draining' || ended()) return
    const again = transient.has(outcome.code)
    const delayMs = Math.round(backoffMs * factor * (0.5 + Math.random()))
    report(
      outcome,
      again ? `trying again in ${delayMs} ms` : 'not trying again until a call or a restart',
      options,
    )
    if (!again) return
    await sleep(delayMs, undefined, { signal, ref: false }).catch(() => undefined)
  }
}

function summary(outcome: Exclude<Outcome, Failed>): string {
  if (outcome.status === 'up_to_date') return 'boot: the database is up to date'
  if (outcome.status !== 'applied') return `boot: ${outcome.status}`
  const count = outcome.applied.length
  return `boot: ${count} migration${count === 1 ? '' : 's'} applied in ${outcome.durationMs} ms`
}

function fieldsOf(outcome: Exclude<Outcome, Failed>): Record<string, unknown> {
  if (outcome.status === 'planned') return {}
  const { status, runId, batch, applied, joined } = outcome
  return { status, runId, batch, joined, applied: applied.map(({ name }) => name) }
}

function report({ code, detail, fields, cause }: Failed, next: string, { logger }: BootRunOptions): void {
  const { message: serverMessage, ...told } = fields
  logger.error(`boot: ${detail} – ${next}`, { code, ...told, ...(serverMessage && { serverMessage }) })
  if (cause !== undefined) logger.debug('boot: the original error', { code, error: cause })
}

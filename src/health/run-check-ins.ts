import type { Alerts } from '../observe/alerts.js'
import type { Engine, RunObserver } from '../runs/engine.js'
import { headText } from './head-text.js'

/** Tells a monitor of each run that this process carries out, and of the dead ones that it closes. */
export function runCheckIns(
  { checkIn }: Pick<Alerts, 'checkIn'>,
  { journal }: Pick<Engine, 'journal'>,
): RunObserver {
  let underWay: { readonly runId: string; readonly startedAt: number } | undefined
  return Object.freeze({
    started: (runId: string) => {
      underWay = { runId, startedAt: performance.now() }
      checkIn?.({ runId, status: 'in_progress' })
    },
    ended: ({ status }: Parameters<RunObserver['ended']>[0]) => {
      if (underWay === undefined) return
      const { runId, startedAt } = underWay
      underWay = undefined
      const durationMs = Math.round(performance.now() - startedAt)
      checkIn?.({
        runId,
        status: status === 'failed' ? 'error' : 'ok',
        durationMs,
        journalHead: headText(journal),
      })
    },
    recovered: ({ runId, status, durationMs }: Parameters<NonNullable<RunObserver['recovered']>>[0]) =>
      checkIn?.({
        runId,
        status: status === 'applied' ? 'ok' : 'error',
        durationMs,
        journalHead: headText(journal),
      }),
  })
}

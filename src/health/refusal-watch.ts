import type { Alerts } from '../observe/alerts.js'
import type { ProblemCode } from '../problems/catalog.js'

const minuteMs = 60_000
/** The window that is looked at, and the hour before it that says what is usual. Minutes. */
const window = 10
const before = 60
/** Fewer are a slip, whatever was usual. */
const worthTelling = 20
const times = 3

/** What somebody who may not come in is answered; a caller's slips in options or paths are none of these. */
const turnedAway: ReadonlySet<ProblemCode> = new Set([
  'forbidden',
  'cross_site',
  'host_not_allowed',
  'unauthorized',
  'insufficient_scope',
  'too_many_attempts',
])

interface Minute {
  readonly index: number
  readonly counts: Map<ProblemCode, number>
}

/**
 * Counts refused requests, and alerts when those of the last ten minutes are more than a slip, and three times what was
 * usual in the hour before: once an hour at most. The alert for Prometheus has the same bounds. Memory: 70 minutes.
 */
export function createRefusalWatch(
  alerts: Pick<Alerts, 'send'>,
  now: () => number = () => performance.now(),
): (code: ProblemCode) => void {
  const minutes: Minute[] = []
  let muteUntil = -Infinity
  return (code) => {
    if (!turnedAway.has(code)) return
    const at = now()
    const { counts } = currentMinute(minutes, Math.floor(at / minuteMs))
    counts.set(code, (counts.get(code) ?? 0) + 1)
    if (at < muteUntil) return
    const alert = risingAlert(minutes, Math.floor(at / minuteMs))
    if (alert === undefined) return
    muteUntil = at + before * minuteMs
    alerts.send(alert)
  }
}

function currentMinute(minutes: Minute[], index: number): Minute {
  const last = minutes.at(-1)
  if (last?.index === index) return last
  const minute: Minute = { index, counts: new Map() }
  minutes.push(minute)
  while (minutes[0] !== undefined && minutes[0].index <= index - window - before) minutes.shift()
  return minute
}

function risingAlert(minutes: readonly Minute[], index: number): Parameters<Alerts['send']>[0] | undefined {
  const recent = minutes.filter((minute) => minute.index > index - window)
  const count = sum(recent)
  const usual = (sum(minutes) - count) / (before / window)
  if (count <= worthTelling || count <= times * usual) return undefined
  const most = commonest(recent)
  return {
    level: 'warning',
    code: 'refusals_rising',
    message: `The door refused ${count} requests in ten minutes; in the hour before, ${Math.round(usual)} in ten minutes were usual. Most were ${most}. The log names their addresses.`,
    tags: { refused: most },
  }
}

function sum(minutes: readonly Minute[]): number {
  return minutes.reduce((total, { counts }) => total + [...counts.values()].reduce((a, b) => a + b, 0), 0)
}

function commonest(minutes: readonly Minute[]): ProblemCode {
  const totals = new Map<ProblemCode, number>()
  for (const { counts } of minutes)
    for (const [code, count] of counts) totals.set(code, (totals.get(code) ?? 0) + count)
  const [first] = [...totals].toSorted(([, a], [, b]) => b - a)
  return first?.[0] ?? 'forbidden'
}

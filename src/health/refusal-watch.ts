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

/**
 * Counts refused requests, and alerts when those of the last ten minutes are more than a slip, and three times what was
 * usual in the hour before: once an hour at most. The alert for Prometheus has the same bounds. Memory: 70 minutes.
 */
export function createRefusalWatch(
  alerts: Pick<Alerts, 'send'>,
  now: () => number = () => performance.now(),
): (code: ProblemCode) => void {
  const recent: Span = { minutes: [], total: 0 }
  const earlier: Span = { minutes: [], total: 0 }
  let muteUntil = -Infinity
  return (code) => {
    if (!turnedAway.has(code)) return
    const at = now()
    const index = Math.floor(at / minuteMs)
    count(recent, index, code)
    for (const minute of leave(recent, index - window)) enter(earlier, minute)
    leave(earlier, index - window - before)
    if (at < muteUntil) return
    const alert = risingAlert(recent, earlier.total)
    if (alert === undefined) return
    muteUntil = at + before * minuteMs
    alerts.send(alert)
  }
}

interface Minute {
  readonly index: number
  readonly counts: Map<ProblemCode, number>
  total: number
}

/** Minutes in their order, and their sum: each is added once and taken off once, however many requests are refused. */
interface Span {
  readonly minutes: Minute[]
  total: number
}

function count(span: Span, index: number, code: ProblemCode): void {
  let minute = span.minutes.at(-1)
  if (minute?.index !== index) {
    minute = { index, counts: new Map(), total: 0 }
    span.minutes.push(minute)
  }
  minute.counts.set(code, (minute.counts.get(code) ?? 0) + 1)
  minute.total += 1
  span.total += 1
}

function enter(span: Span, minute: Minute): void {
  span.minutes.push(minute)
  span.total += minute.total
}

/** The minutes up to `last`, which the span has no more. */
function leave(span: Span, last: number): readonly Minute[] {
  if (span.minutes[0] === undefined || span.minutes[0].index > last) return none
  const stay = span.minutes.findIndex(({ index }) => index > last)
  const gone = span.minutes.splice(0, stay === -1 ? span.minutes.length : stay)
  for (const { total } of gone) span.total -= total
  return gone
}

const none: readonly Minute[] = []

function risingAlert(recent: Span, earlier: number): Parameters<Alerts['send']>[0] | undefined {
  const usual = earlier / (before / window)
  if (recent.total <= worthTelling || recent.total <= times * usual) return undefined
  const most = commonest(recent.minutes)
  return {
    level: 'warning',
    code: 'refusals_rising',
    message: `The door refused ${recent.total} requests in ten minutes; in the hour before, ${Math.round(usual)} in ten minutes were usual. Most were ${most}. The log names their addresses.`,
    tags: { refused: most },
  }
}

function commonest(minutes: readonly Minute[]): ProblemCode {
  const totals = new Map<ProblemCode, number>()
  for (const { counts } of minutes)
    for (const [code, count] of counts) totals.set(code, (totals.get(code) ?? 0) + count)
  const [first] = [...totals].toSorted(([, a], [, b]) => b - a)
  return first?.[0] ?? 'forbidden'
}

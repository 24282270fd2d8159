import fc from 'fast-check'
import type { Alert } from '../../src/observe/alerts.js'
import type { ProblemCode } from '../../src/problems/catalog.js'
import { createRefusalWatch } from '../../src/health/refusal-watch.js'

const minuteMs = 60_000

function watching() {
  const alerts: Alert[] = []
  let at = 0
  const refused = createRefusalWatch({ send: (alert) => void alerts.push(alert) }, () => at)
  const minutes = (count: number, each: number) => {
    for (let minute = 0; minute < count; minute += 1) {
      for (let index = 0; index < each; index += 1) refused('unauthorized')
      at += minuteMs
    }
  }
  return { alerts, refused, minutes, wait: (ms: number) => (at += ms) }
}

test('twenty refusals in ten minutes are a slip, one more is a warning', () => {
  const { alerts, minutes } = watching()
  minutes(10, 2)
  expect(alerts).toEqual([])
  minutes(1, 23)
  expect(alerts).toMatchObject([
    { level: 'warning', code: 'refusals_rising', tags: { refused: 'unauthorized' } },
  ])
})

test('what is usual for an hour is told once, and then only when it becomes three times as much', () => {
  const { alerts, minutes } = watching()
  minutes(180, 10)
  expect(alerts).toHaveLength(1)
  minutes(10, 31)
  expect(alerts).toHaveLength(2)
  expect(alerts[1]?.message).toContain('100 in ten minutes were usual')
})

test('refusals over a long time are forgotten, and a slip of a caller in options is none', () => {
  const { alerts, refused, minutes, wait } = watching()
  for (let index = 0; index < 1000; index += 1) refused('bad_request')
  minutes(1, 15)
  wait(11 * minuteMs)
  minutes(1, 15)
  expect(alerts).toEqual([])
})

interface Refused {
  readonly at: number
  readonly code: ProblemCode
}

/** The rule, counted anew for each refusal: when which alert is sent. */
function alertsOf(
  refusals: readonly Refused[],
): { at: number; count: number; usual: number; most: string }[] {
  const sent: { at: number; count: number; usual: number; most: string }[] = []
  refusals.forEach(({ at }, index) => {
    if (at < (sent.at(-1)?.at ?? -Infinity) + 60 * minuteMs) return
    const ago = (one: Refused): number => Math.floor(at / minuteMs) - Math.floor(one.at / minuteMs)
    const sofar = refusals.slice(0, index + 1)
    const recent = sofar.filter((one) => ago(one) < 10)
    const usual = sofar.filter((one) => ago(one) >= 10 && ago(one) < 70).length / 6
    if (recent.length <= 20 || recent.length <= 3 * usual) return
    const of = (code: string): number => recent.filter((one) => one.code === code).length
    const [most = ''] = [...new Set(recent.map(({ code }) => code))].toSorted((a, b) => of(b) - of(a))
    sent.push({ at, count: recent.length, usual: Math.round(usual), most })
  })
  return sent
}

test('alerts come when the rule says so, in whatever order minutes, pauses and codes follow on each other', () => {
  const burst = fc.record({
    pause: fc.constantFrom(
      0,
      1_000,
      30_000,
      minuteMs,
      3 * minuteMs,
      9 * minuteMs,
      10 * minuteMs,
      61 * minuteMs,
    ),
    times: fc.integer({ min: 1, max: 30 }),
    apart: fc.constantFrom(0, 1, 5_000, minuteMs),
    code: fc.constantFrom<ProblemCode>('unauthorized', 'forbidden', 'too_many_attempts'),
  })
  let seen = 0
  fc.assert(
    fc.property(fc.array(burst, { maxLength: 25 }), (bursts) => {
      let at = 0
      const refusals = bursts.flatMap(({ pause, times, apart, code }) => {
        at += pause
        return Array.from({ length: times }, (): Refused => ({ at: (at += apart), code }))
      })
      const sent: unknown[] = []
      let now = 0
      const send = ({ message, tags }: Alert): void => {
        const [, count, usual] = /refused (\d+) .*before, (\d+) in/.exec(message) ?? []
        sent.push({ at: now, count: Number(count), usual: Number(usual), most: tags?.['refused'] })
      }
      const refused = createRefusalWatch({ send }, () => now)
      for (const one of refusals) {
        now = one.at
        refused(one.code)
      }
      expect(sent).toEqual(alertsOf(refusals))
      seen += sent.length
    }),
    { numRuns: 300 },
  )
  expect(seen).toBeGreaterThan(100)
})

import type { Alert } from '../../src/observe/alerts.js'
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

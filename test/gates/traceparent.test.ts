import { traceContextOf } from '../../src/gates/traceparent.js'

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const spanId = '00f067aa0ba902b7'
const valid = `00-${traceId}-${spanId}-01`

test.each([
  ['version 00', valid],
  ['flags that are not known', `00-${traceId}-${spanId}-ff`],
  ['a later version of the same length', `cc-${traceId}-${spanId}-01`],
  ['a later version with more behind a hyphen', `cc-${traceId}-${spanId}-01-what-the-future-will-be-like`],
  ['a later version with nothing behind the hyphen', `01-${traceId}-${spanId}-00-`],
])('%s is read', (_, line) => {
  expect(traceContextOf([line])).toEqual({ traceId, spanId })
})

test.each([
  ['nothing', ''],
  ['version ff', `ff-${traceId}-${spanId}-01`],
  ['version 00 with more behind it', `${valid}-01`],
  ['version 00 with a hyphen behind it', `${valid}-`],
  ['a later version with more but no hyphen', `cc-${traceId}-${spanId}-01.what`],
  ['upper case', valid.toUpperCase()],
  ['one upper-case digit', valid.replace('4b', '4B')],
  ['a trace id of zeros', `00-${'0'.repeat(32)}-${spanId}-01`],
  ['a span id of zeros', `00-${traceId}-${'0'.repeat(16)}-01`],
  ['a trace id that is too short', `00-${traceId.slice(1)}-${spanId}-01`],
  ['no hexadecimal', `00-${traceId.replace('4', 'g')}-${spanId}-01`],
  ['no flags', `00-${traceId}-${spanId}`],
  ['flags of one digit', `00-${traceId}-${spanId}-1`],
  ['white space', ` ${valid}`],
  ['two in one line', `${valid},${valid}`],
])('%s is ignored', (_, line) => {
  expect(traceContextOf([line])).toBeUndefined()
})

test('two lines are ignored, and so is none', () => {
  expect(traceContextOf([valid, valid])).toBeUndefined()
  expect(traceContextOf([])).toBeUndefined()
})

import { preferenceOf } from '../../src/door/prefer.js'
import { authorised, startRig, type Rig } from './rig.js'

let rig: Rig
beforeEach(async () => {
  rig = await startRig()
})
afterEach(async () => rig.close())

const post = 'POST /api/migrate'

describe('what a client accepts or prefers', () => {
  test.each([
    ['image/png', 'image/png'],
    ['a broken weight', 'a/b;q=oops, ;;;,,,'],
    ['no events, by weight', 'text/event-stream;q=0, */*'],
  ])('%s: JSON', async (_, accept) => {
    const reply = await rig.send(authorised(post, `Accept: ${accept}\r\nContent-Length: 0\r\n`))
    expect([reply.status, reply.headers['content-type']]).toEqual([200, 'application/json; charset=utf-8'])
  })

  test.each([
    ['respond-async', 0, undefined],
    ['wait=5', 5_000, 'wait=5'],
    ['wait="5"', 5_000, 'wait=5'],
    ['WAIT=5; x=1', 5_000, 'wait=5'],
    ['respond-async, wait=3, wait=7', 3_000, 'wait=3'],
    ['wait=-1', 50_000, undefined],
    ['wait=1e9', 50_000, undefined],
    ['wait=abc', 50_000, undefined],
    ['wait=abc, wait=4', 4_000, 'wait=4'],
    ['wait=999999', 50_000, 'wait=50'],
    ['wait=99999999999999999999', 50_000, undefined],
    ['handling=lenient;wait=1', 50_000, undefined],
    ['', 50_000, undefined],
    // RFC 7240 §2, RFC 9110 §5.6.4: a comma within quotes parts nothing, and what a backslash precedes ends no string.
    ['foo="a, wait=3, b", wait=4', 4_000, 'wait=4'],
    ['foo="a, respond-async"', 50_000, undefined],
    [String.raw`foo="a\", wait=3, b", wait=4`, 4_000, 'wait=4'],
    ['wait=5; note="at most, wait=9"', 5_000, 'wait=5'],
    ['wait="5, wait=3"', 50_000, undefined],
    [String.raw`wait="\5"`, 5_000, 'wait=5'],
    ['wait = 5 ;; a = "b" ;', 5_000, 'wait=5'],
    ['wait="5, wait=3', 50_000, undefined],
    ['wait=5 6, wait=4', 4_000, 'wait=4'],
    ['wait=5;=, wait=4', 4_000, 'wait=4'],
    ['respond-async=""', 0, undefined],
    ['respond-async=yes', 50_000, undefined],
    [', ,respond-async;,', 0, undefined],
  ])('Prefer: %s', async (prefer, waitMs, appliedPreference) => {
    const reply = await rig.send(authorised(post, `Prefer: ${prefer}\r\nContent-Length: 0\r\n`))
    expect(rig.engine.orders()).toMatchObject([{ waitMs }])
    expect(reply.headers['preference-applied']).toBe(appliedPreference)
  })

  test.each([['"'], ['"\\'], ['a="'], ['a;'], ['a; '], [' \t'], [',']])(
    'Prefer: %j eight thousand times',
    (part) => {
      const startedAt = performance.now()
      expect(preferenceOf(part.repeat(8_000), 1_000)).toEqual({ async: false, waitMs: 1_000 })
      expect(performance.now() - startedAt).toBeLessThan(100)
    },
  )
})

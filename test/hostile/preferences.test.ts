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
  ])('Prefer: %s', async (prefer, waitMs, appliedPreference) => {
    const reply = await rig.send(authorised(post, `Prefer: ${prefer}\r\nContent-Length: 0\r\n`))
    expect(rig.engine.orders()).toMatchObject([{ waitMs }])
    expect(reply.headers['preference-applied']).toBe(appliedPreference)
  })
})

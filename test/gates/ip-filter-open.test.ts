import { authorised, startRig } from '../hostile/rig.js'
import { expectRefused } from '../hostile/refused.js'

/** What it does for a missing filter, a falsy id or an asynchronous filter: lets everybody pass. */
jest.mock(
  'express-ip-filter',
  () => () => (_request: unknown, _response: unknown, next: () => void) => next(),
)

test('an express-ip-filter that lets everybody pass lets nobody in whom the list does not admit', async () => {
  const rig = await startRig()
  expectRefused(rig, await rig.send(authorised('POST /api/migrate').replace('203.', '198.')), 403)
  expect((await rig.send(authorised('GET /api/migrate'))).status).toBe(200)
  await rig.close()
})

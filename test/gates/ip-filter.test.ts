import { createRequire } from 'node:module'
import { authorised, startRig } from '../hostile/rig.js'

const compile = jest.fn()
/** The glob library through which express-ip-filter judges whatever is not a function. */
jest.mock('micromatch', () => (...glob: unknown[]) => {
  compile(...glob)
  return []
})

test('express-ip-filter decides by our verdict and compiles no glob', async () => {
  const rig = await startRig()
  expect((await rig.send(authorised('GET /api/migrate'))).status).toBe(200)
  for (const evil of ['10.evil', '203.0.113.*', '{203.0.113.9,x}', '!(x)', '[0-9]*', '../..']) {
    const reply = await rig.send(authorised('GET /api/migrate').replace('203.0.113.9', evil))
    expect(reply.status).toBe(403)
  }
  expect(compile).not.toHaveBeenCalled()
  await rig.close()
})

test('the glob library watched here is the one below express-ip-filter, in a version without known flaws', () => {
  const chain = ['express-ip-filter', 'ip-filter', 'is-match', 'micromatch/package.json']
  let from = __filename
  for (const name of chain) from = createRequire(from).resolve(name)
  expect(from).toBe(createRequire(__filename).resolve('micromatch/package.json'))
  const { version } = createRequire(__filename)(from) as { version: string }
  expect(Number(version.split('.')[0])).toBeGreaterThanOrEqual(4)
})

import { fixtures } from './fixtures.js'
import { copyProject } from './projects.js'
import { batchesOf, snapshotOf } from './relations.js'

test.each(fixtures)('$what: both tools leave the same database', async (fixture) => {
  const [byKnex, here] = [await copyProject(fixture), await copyProject(fixture)]
  await Promise.all([byKnex.latest(), here.sallyport()])
  const expected = await snapshotOf(byKnex.database)
  expect(batchesOf(expected).length).toBeGreaterThanOrEqual(4)
  expect(await snapshotOf(here.database)).toEqual(expected)
})

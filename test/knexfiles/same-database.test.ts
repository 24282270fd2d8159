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

const schemas = fixtures.filter(({ name }) => name === 'schemas')

test.each(schemas)('$what: DATABASE_URL replaces the connection, and nothing else', async (fixture) => {
  const [byKnex, here] = [await copyProject(fixture), await copyProject(fixture)]
  const elsewhere = 'postgres://nobody@127.0.0.1:1/nothing'
  await Promise.all([
    byKnex.latest(),
    here.sallyport({ APP_DATABASE: elsewhere, DATABASE_URL: here.database.url }),
  ])
  expect(await snapshotOf(here.database)).toEqual(await snapshotOf(byKnex.database))
})

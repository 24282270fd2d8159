import { fixtures } from './fixtures.js'
import { copyProject, type CopiedProject } from './projects.js'
import { batchesOf, snapshotOf } from './relations.js'

test.each(fixtures)(
  '$what: either continues what the other began, and knex rolls it back',
  async (fixture) => {
    const [knexFirst, hereFirst] = [await copyProject(fixture), await copyProject(fixture)]
    const empty = await snapshotOf(knexFirst.database)
    await Promise.all([continuedHere(knexFirst), continuedByKnex(hereFirst)])
    const one = await snapshotOf(knexFirst.database)
    expect(await snapshotOf(hereFirst.database)).toEqual(one)
    expect(new Set(batchesOf(one))).toEqual(new Set([1, 2]))
    const [list] = await Promise.all([
      knexFirst.knex('migrate:list'),
      hereFirst.knex('migrate:rollback', '--all'),
    ])
    expect(list).toContain('No Pending Migration files Found.')
    expect((await snapshotOf(hereFirst.database)).relations.filter(ofApplication)).toEqual(empty.relations)
  },
)

async function continuedHere(project: CopiedProject): Promise<void> {
  project.half()
  await project.latest()
  project.whole()
  expect(await project.sallyport()).toMatchObject({ status: 'applied', batch: 2 })
}

async function continuedByKnex(project: CopiedProject): Promise<void> {
  project.half()
  expect(await project.sallyport()).toMatchObject({ status: 'applied', batch: 1 })
  project.whole()
  expect(await project.latest()).toContain('Batch 2 run')
}

/** Neither knex's own two tables, nor what the hooks of a fixture wrote. */
function ofApplication(relation: unknown): boolean {
  const { relname } = relation as { relname: string }
  return !/migrations|^while_developing|^in_production|^hooks/i.test(relname)
}

import { randomUUID } from 'node:crypto'
import type { Scope } from '../../src/postgres/scope.js'
import type { Query } from '../../src/postgres/session.js'
import { leftoverIndexes, startStep } from '../../src/postgres/steps.js'
import { migrationOf } from '../support/project.js'
import { actor, workshopForEach } from './workshop.js'

const workshop = workshopForEach()

// A process that is killed after it has committed the intent to repeat, and before it has dropped what the first try left.
test('an INVALID index that the first try left is dropped, though the second was cut short before it came to that', async () => {
  const { write, engine, database, session } = workshop()
  write('001_a.js', migrationOf('create table t (n int)', 'insert into t values (1), (1)'))
  await engine().migrate({}, actor)
  const client = await session()
  const query: Query = async <Row>(text: string, values?: readonly unknown[]) =>
    (await client.query(text, values ? [...values] : [])).rows as Row[]
  const scope = { name: 'public.knex_migrations', bookkeeping: '"sallyport"' } as Scope
  const failing = (name: string) => query(`create unique index concurrently ${name} on t (n)`).catch(() => [])
  await failing('somebody_elses')
  const step = { name: '002_b', checksum: 'sha256:0', repeatable: true }
  const left = async () => {
    await startStep(query, scope, { ...step, runId: randomUUID() })
    const [open] = await database.query<{ invalid_before: number[] }>(
      `select invalid_before::int[] from sallyport.steps where state = 'started'`,
    )
    return leftoverIndexes(query, open?.invalid_before ?? [])
  }
  expect(await left()).toEqual([])
  await failing('ours')
  expect(await left()).toEqual(['public.ours'])
  expect(await left()).toEqual(['public.ours'])
})

import { actor, openWorkshop, type Workshop } from '../runs/workshop.js'
import { nonTransactional, transactional } from '../runs/sources.js'
import { hasPgBouncer, startPgBouncer, type TestPooler } from '../support/pgbouncer.js'
import { lookAt, says } from './rig.js'

if (hasPgBouncer()) {
  describe('through PgBouncer in transaction mode', () => {
    let pooler: TestPooler
    let workshop: Workshop
    beforeAll(async () => {
      pooler = await startPgBouncer()
    })
    afterAll(() => pooler.close())
    beforeEach(async () => {
      workshop = await openWorkshop()
    })
    afterEach(() => workshop.close())
    const look = () => lookAt({}, workshop.engine({ url: pooler.through(workshop.database.url) }))

    test('the pooler is detected, with the window that is left and what closes it', async () => {
      workshop.write('001_a.cjs', transactional('a'))
      await workshop.engine().migrate({}, actor)
      const { item } = await look()
      expect(item('database_pooler')).toEqual(['warn', says('MIGRATION_DATABASE_URL')])
      expect(item('database_pooler')[1]).toContain('a window of one statement')
      const others = [
        'database_reachable',
        'database_version',
        'database_timeouts',
        'invalid_indexes',
        'drift',
      ]
      expect([...others, 'knex_lock', 'pending'].filter((id) => item(id)[0] !== 'pass')).toEqual([])
    })

    test('timeouts that cannot be lifted there are warned of, and such a migration is indeed refused', async () => {
      const { database, write, engine } = workshop
      await database.query(`alter database ${database.name} set lock_timeout = '2s'`)
      const { item } = await look()
      expect(item('database_timeouts')).toEqual([
        'warn',
        says('migrations outside a transaction are refused'),
      ])
      write('001_a.cjs', nonTransactional('a'))
      const outcome = await engine({ url: pooler.through(database.url) }).migrate({}, actor)
      expect(outcome).toMatchObject({ status: 'failed', code: 'database_misconfigured' })
    })
  })
} else {
  test('without the pooler of the tests, a direct connection is told as one', async () => {
    const workshop = await openWorkshop()
    const { item } = await lookAt({}, workshop.engine())
    expect(item('database_pooler')[0]).toBe('pass')
    await workshop.close()
  })
}

import { actor, workshopForEach, type EngineSettings } from './workshop.js'
import { custom, transactional } from './sources.js'

const workshop = workshopForEach()

/** Applies these files, named after what they hold. */
async function applied(...names: string[]): Promise<void> {
  for (const name of names) workshop().write(`${name}.cjs`, transactional(name))
  await workshop().engine().migrate({}, actor)
}

const migrate = (order = {}, settings: EngineSettings = {}) =>
  workshop().engine(settings).migrate(order, actor)

test('a hole among the applied migrations is refused and named, in a dry run too', async () => {
  await applied('001_a', '002_b', '003_c')
  const { remove, write, engine } = workshop()
  remove('002_b.cjs')
  write('004_d.cjs', transactional('d'))
  const refused = {
    status: 'failed',
    code: 'drift',
    fields: { drift: [{ name: '002_b', kind: 'missing', message: expect.stringContaining('002_b') }] },
  }
  expect(await migrate()).toMatchObject(refused)
  expect(await migrate({ dryRun: true })).toMatchObject(refused)
  expect(await engine().status()).toMatchObject({ pending: ['004_d'], drift: [{ name: '002_b' }] })
})

test('a late-comer that sorts before an applied migration is refused, and goes on when accepted', async () => {
  await applied('001_a', '003_c')
  const { write, engine } = workshop()
  write('002_b.cjs', transactional('b'))
  expect(await migrate()).toMatchObject({
    code: 'drift',
    fields: { drift: [{ name: '002_b', kind: 'out_of_order' }] },
  })
  const acceptDrift = [{ name: '002_b', reason: 'a branch merged late' }]
  expect(await migrate({ acceptDrift })).toMatchObject({ status: 'applied', applied: [{ name: '002_b' }] })
  expect(await migrate()).toMatchObject({ status: 'up_to_date' })
  expect(await engine().status()).toMatchObject({ drift: [] })
})

test('what is pending here while a newer release has migrated the database is a late-comer', async () => {
  await applied('001_a', '003_c')
  workshop().remove('003_c.cjs')
  workshop().write('002_b.cjs', transactional('b'))
  expect(await migrate()).toMatchObject({
    code: 'drift',
    fields: { drift: [{ name: '002_b', kind: 'out_of_order' }] },
  })
})

test('every finding is listed, and accepting some of them is not enough', async () => {
  await applied('001_a', '002_b', '004_d')
  workshop().remove('001_a.cjs')
  workshop().write('003_c.cjs', transactional('c'))
  const first = [{ name: '001_a', reason: 'squashed' }]
  const names = [{ name: '001_a' }, { name: '003_c' }]
  expect(await migrate()).toMatchObject({ fields: { drift: names } })
  expect(await migrate({ acceptDrift: first })).toMatchObject({ code: 'drift', fields: { drift: names } })
  const both = [...first, { name: '003_c', reason: 'merged late' }]
  expect(await migrate({ acceptDrift: both })).toMatchObject({ status: 'applied' })
})

test('an accepted hole stays accepted, with the reason and who gave it', async () => {
  await applied('001_a', '002_b')
  const { remove, database, engine } = workshop()
  remove('001_a.cjs')
  const acceptDrift = [{ name: '001_a', reason: 'squashed into 002_b' }]
  expect(await migrate({ acceptDrift })).toMatchObject({ status: 'up_to_date' })
  expect(await migrate()).toMatchObject({ status: 'up_to_date' })
  expect(await engine().status()).toMatchObject({ drift: [] })
  expect(await database.query(`select accepted from sallyport.migrations where name = '001_a'`)).toEqual([
    { accepted: { reason: 'squashed into 002_b', actor } },
  ])
})

test('a hole among rows that knex wrote can be accepted too', async () => {
  const { write, remove, knex } = workshop()
  write('001_a.cjs', transactional('a'))
  write('002_b.cjs', transactional('b'))
  await knex().migrate.latest()
  remove('001_a.cjs')
  expect(await migrate()).toMatchObject({ code: 'drift', fields: { drift: [{ kind: 'missing' }] } })
  expect(await migrate({ acceptDrift: [{ name: '001_a', reason: 'old' }] })).toMatchObject({
    status: 'up_to_date',
  })
  expect(await migrate()).toMatchObject({ status: 'up_to_date' })
})

describe('a migration that was edited after it had been applied', () => {
  const edit = () => workshop().write('001_a.cjs', transactional('a', 'create table more ()'))

  beforeEach(() => applied('001_a'))

  test('is a warning, and what is pending goes on', async () => {
    edit()
    workshop().write('002_b.cjs', transactional('b'))
    expect(await migrate()).toMatchObject({ status: 'applied', applied: [{ name: '002_b' }] })
    expect(workshop().warnings).toContainEqual(expect.stringContaining('001_a was changed'))
    expect(await workshop().engine().status()).toMatchObject({ drift: [{ name: '001_a', kind: 'edited' }] })
  })

  test('is refused where that was asked for, until it is accepted', async () => {
    edit()
    expect(await migrate({}, { drift: 'refuse' })).toMatchObject({
      code: 'drift',
      fields: { drift: [{ name: '001_a', kind: 'edited' }] },
    })
    const acceptDrift = [{ name: '001_a', reason: 'only a default changed' }]
    expect(await migrate({ acceptDrift }, { drift: 'refuse' })).toMatchObject({ status: 'up_to_date' })
    expect(await migrate({}, { drift: 'refuse' })).toMatchObject({ status: 'up_to_date' })
    workshop().write('001_a.cjs', transactional('a', 'create table other ()'))
    expect(await migrate({}, { drift: 'refuse' })).toMatchObject({ code: 'drift' })
  })

  test('is none where only comments or layout changed', async () => {
    const source = transactional('001_a')
      .replaceAll('  await', '\n\n\t/* why */ await')
      .replace(/\n$/, '; // end')
    workshop().write('001_a.cjs', source)
    expect(await migrate({}, { drift: 'refuse' })).toMatchObject({ status: 'up_to_date' })
  })

  test('is not told from a file of another kind', async () => {
    workshop().remove('001_a.cjs')
    workshop().write('001_a.js', custom('return 1'))
    expect(await migrate({}, { drift: 'refuse' })).toMatchObject({ status: 'up_to_date' })
  })
})

test('rows that others wrote never count as edited before a run has seen their files', async () => {
  const { write, knex, database } = workshop()
  write('001_a.cjs', transactional('a'))
  await knex().migrate.latest()
  write('001_a.cjs', transactional('a', 'create table more ()'))
  write('002_b.cjs', transactional('b'))
  expect(await migrate({}, { drift: 'refuse' })).toMatchObject({ status: 'applied' })
  expect(await migrate({}, { drift: 'refuse' })).toMatchObject({ status: 'up_to_date' })
  expect(await database.query(`select origin from sallyport.migrations where name = '001_a'`)).toEqual([
    { origin: 'outside' },
  ])
})

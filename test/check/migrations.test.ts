import { nonTransactional, transactional } from '../runs/sources.js'
import { actor, workshopForEach } from '../runs/workshop.js'
import { lookAt, says, type Looked } from './rig.js'

const workshop = workshopForEach()

async function look(env: Readonly<Record<string, string>> = {}): Promise<Looked> {
  return lookAt(env, workshop().engine())
}

async function migrate(): Promise<void> {
  await workshop().engine().migrate({}, actor)
}

test('what is pending, edited, late or missing', async () => {
  const { write, remove } = workshop()
  write('001_a.cjs', transactional('a'))
  write('002_b.cjs', transactional('b'))
  await migrate()
  write('003_c.cjs', transactional('c'))
  expect((await look()).item('pending')).toEqual(['warn', says('1 pending: 003_c')])
  write('001_a.cjs', transactional('another'))
  expect((await look()).item('drift')).toEqual(['warn', says('001_a was changed')])
  expect((await look({ MIGRATION_DRIFT: 'refuse' })).item('drift')).toEqual(['fail', says('--accept-drift')])
  remove('001_a.cjs')
  expect((await look()).item('drift')).toEqual(['fail', says('not shipped')])
})

test('a database that a newer release migrated is no finding', async () => {
  const { write, remove } = workshop()
  write('001_a.cjs', transactional('a'))
  write('002_b.cjs', transactional('b'))
  await migrate()
  remove('002_b.cjs')
  expect((await look()).item('pending')).toEqual(['pass', says('A newer release applied 002_b')])
})

test('a migration that waits for a decision fails', async () => {
  workshop().write('001_a.cjs', nonTransactional('a', 'select broken'))
  await migrate()
  expect((await look()).item('unresolved')).toEqual(['fail', says('--resolve 001_a=applied|pending')])
})

test('files that cannot be listed fail', async () => {
  const { engine, root } = workshop()
  const { item } = await lookAt({}, engine({ dir: `${root}/nowhere` }))
  expect(item('pending')).toEqual(['fail', says('nowhere')])
  expect(item('drift')).toEqual(['warn', says('Not known')])
})

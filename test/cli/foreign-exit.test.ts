import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createDatabase, type TestDatabase } from '../support/database.js'
import { runCli } from '../support/processes.js'
import { createTestProject, type TestProject } from '../support/project.js'

let database: TestDatabase
let project: TestProject
beforeEach(async () => {
  database = await createDatabase()
  project = createTestProject({ '001_exits': 'export const up = () => process.exit(0)' })
})
afterEach(async () => {
  project.destroy()
  await database.drop()
})

const sallyport = (command: string) =>
  runCli([command], { cwd: project.dir, env: { NODE_ENV: 'production', DATABASE_URL: database.url } })

test('a migration that calls process.exit is no success, whatever code it gives', async () => {
  const { code, stdout, stderr } = await sallyport('migrate')
  expect([code, stdout()]).toEqual([1, ''])
  expect(stderr()).toContain('process.exit was called')
})

test.each([
  ['status', 0],
  ['plan', 0],
  ['migrate', 3],
])('a knexfile that calls process.exit ends `%s` with 1, whatever code it gives', async (command, given) => {
  writeFileSync(join(project.dir, 'knexfile.js'), `process.exit(${given})`)
  const { code, stdout, stderr } = await sallyport(command)
  expect([code, stdout()]).toEqual([1, ''])
  expect(stderr()).toContain('process.exit was called')
})

test('a server whose configuration is refused tells that alone', async () => {
  const { code, stdout, stderr } = await sallyport('serve')
  expect([code, stderr()]).toEqual([78, ''])
  expect(stdout()).toContain('MIGRATION_SECRET is not set')
})

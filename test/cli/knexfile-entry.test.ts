import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createDatabase } from '../support/database.js'
import { runCli } from '../support/processes.js'
import { createTestProject } from '../support/project.js'

const project = createTestProject()
const knexfile = (text: string): void => writeFileSync(join(project.dir, 'knexfile.cjs'), text)

afterAll(() => {
  project.destroy()
})

test.each([
  ['with entries and without NODE_ENV', `{ development: { client: 'pg' } }`, {}, true],
  ['with entries and with NODE_ENV', `{ production: { client: 'pg' } }`, { NODE_ENV: 'production' }, false],
  ['without entries', `{ client: 'pg' }`, {}, false],
] as const)('of a knexfile %s the entry in use is named: %s', async (_, text, environment, named) => {
  const database = await createDatabase()
  knexfile(`module.exports = ${text}`)
  const env = { DATABASE_URL: database.url, ...environment }
  const { code, stdout, stderr } = await runCli(['status', '--json'], { cwd: project.dir, env })
  expect([code, JSON.parse(stdout())]).toMatchObject([0, { upToDate: true }])
  expect(stderr().includes('the entry development is used')).toBe(named)
  await database.drop()
})

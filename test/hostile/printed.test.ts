import { createDatabase, type TestDatabase } from '../support/database.js'
import { runCli } from '../support/processes.js'
import { createTestProject, type TestProject } from '../support/project.js'
import { secret, serverEnvironment, startServer } from '../support/server.js'

const password = 'pa55word-of-a-database-nobody-knows'
const printing = `
console.log('begun', process.env.MIGRATION_SECRET, { url: process.env.MIGRATION_DATABASE_URL })
console.error('two\\nlines and \\u001b[31mred', process.env.MIGRATION_SECRET)
console.dir({ token: process.env.MIGRATION_SECRET })
console.table([{ token: process.env.MIGRATION_SECRET }])
`
const migration = `export async function up(knex) { ${printing} }\nexport async function down() {}\n`
const flood = `export async function up() {
  for (let n = 0; n < 5_000; n += 1) console.log('x'.repeat(20_000))
}
export async function down() {}
`

let database: TestDatabase
let project: TestProject
beforeEach(async () => {
  database = await createDatabase()
  project = createTestProject({ '20250101000000_printing': migration })
})
afterEach(async () => {
  project.destroy()
  await database.drop()
})

test('what a migration prints is in the log, a line each, without the secrets', async () => {
  const env = serverEnvironment(database.url, { MIGRATE_ON_BOOT: 'false', NEXTAUTH_SECRET: password })
  const server = await startServer(env, { cwd: project.dir })
  expect((await server.migrate()).body).toMatchObject({ status: 'applied' })
  server.kill('SIGTERM')
  expect((await server.exit).code).toBe(0)
  const lines = server.stdout().trim().split('\n')
  const told = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  const printed = told.filter(({ source }) => source === 'console')
  expect(printed.map(({ level }) => level)).toEqual(['info', 'warn', 'info', 'info'])
  expect(printed[0]?.['message']).toMatch(/^begun \[redacted\]/)
  expect(server.output()).not.toContain(secret)
})

test('what a migration prints leaves the result of a command alone, and goes to stderr without the secrets', async () => {
  const env = { ...serverEnvironment(database.url), NEXTAUTH_SECRET: password }
  const run = await runCli(['migrate', '--json'], { cwd: project.dir, env })
  expect([run.code, JSON.parse(run.stdout())]).toMatchObject([0, { status: 'applied' }])
  expect(run.stderr()).toContain('begun [redacted]')
  expect(run.output()).not.toContain(secret)
})

test('a migration that prints a hundred megabytes is applied', async () => {
  project.write('20250102000000_flood', flood)
  const env = serverEnvironment(database.url, { MIGRATE_ON_BOOT: 'false' })
  const server = await startServer(env, { cwd: project.dir })
  expect((await server.migrate()).body).toMatchObject({ status: 'applied' })
  expect((await server.probe('livez'))[0]).toBe(200)
  server.kill('SIGTERM')
  expect((await server.exit).code).toBe(0)
})

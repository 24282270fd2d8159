import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { createDatabase, type TestDatabase } from '../support/database.js'
import { root, runCli, start } from '../support/processes.js'

/** What a fixture needs beside its files. */
export interface Fixture {
  readonly name: string
  readonly knexfile: string
  /** Migrations of the first half, by the beginnings of their names; they are applied first when two tools share the work. */
  readonly firstHalf: RegExp
  readonly env?: Readonly<Record<string, string>>
  /** Options of `knex migrate:latest`. */
  readonly latest?: readonly string[]
  /** What the database is given before anything is migrated. */
  readonly before?: string
}

/** A fixture copied out of the repository, over a database of its own. */
export interface CopiedProject {
  readonly database: TestDatabase
  /** Leaves the first half of the migrations only, until `whole` brings the rest back. */
  half(): void
  whole(): void
  /** `knex migrate:latest`; its output. Rejects unless it succeeds. */
  latest(): Promise<string>
  /** The knex command line; its output. Rejects unless it succeeds. */
  knex(...args: string[]): Promise<string>
  /** `sallyport migrate`; its result. Rejects unless it succeeds. */
  sallyport(env?: Readonly<Record<string, string>>): Promise<Record<string, unknown>>
}

const register = join(__dirname, 'register-typescript.cjs')

/** It ends with the test. */
export async function copyProject(fixture: Fixture): Promise<CopiedProject> {
  const { name, knexfile, env = {}, latest = [], before } = fixture
  const database = await createDatabase()
  if (before !== undefined) await database.query(before)
  const dir = mkdtempSync(join(tmpdir(), `sallyport-knexfile-${name}-`))
  closing.push(async () => {
    rmSync(dir, { recursive: true, force: true })
    await database.drop()
  })
  const source = join(__dirname, 'fixtures', name)
  const whole = (): void => cpSync(source, dir, { recursive: true })
  whole()
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'))
  writeFileSync(join(dir, 'package.json'), JSON.stringify({ name, version: '1.0.0', type: 'commonjs' }))
  const environment = { APP_DATABASE: database.url, ...env }
  const knex = async (...args: readonly string[]) => {
    const cli = join(root, 'node_modules/knex/bin/cli.js')
    const all = ['-r', register, cli, '--knexfile', join(dir, knexfile), ...args]
    const run = start(process.execPath, all, { cwd: dir, env: environment })
    return succeeded((await run.exit).code, run)
  }
  return Object.freeze({
    database,
    whole,
    half: () => {
      for (const file of secondHalf(dir, fixture)) rmSync(join(dir, file))
    },
    knex,
    latest: () => knex('migrate:latest', ...latest),
    sallyport: async (more: Readonly<Record<string, string>> = {}) => {
      const run = await runCli(['migrate', '--json'], {
        cwd: dir,
        env: { ...environment, KNEXFILE: knexfile, ...more },
      })
      succeeded(run.code, run)
      return JSON.parse(run.stdout()) as Record<string, unknown>
    },
  })
}

const closing: (() => Promise<void>)[] = []

afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()))
})

function succeeded(code: number | null, { output, stdout }: { output(): string; stdout(): string }): string {
  if (code !== 0) throw new Error(`it exited with ${String(code)}:\n${output()}`)
  return stdout()
}

const migrationKinds = new Set(['.js', '.cjs', '.mjs', '.ts', '.sql'])

/** Files in subdirectories that are migrations, but not of the first half. */
function secondHalf(dir: string, { firstHalf }: Fixture): string[] {
  return readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => readdirSync(join(dir, name)).map((file) => join(name, file)))
    .filter((path) => migrationKinds.has(extname(path)) && !firstHalf.test(path))
}

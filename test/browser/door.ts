import type { Page } from 'playwright-core'
import { createDatabase, type TestDatabase } from '../support/database.js'
import { createTestProject, type TestProject } from '../support/project.js'
import { createRelay, type Relay } from '../support/relay.js'
import { secret, serverEnvironment, startServer, type TestServer } from '../support/server.js'

export const readSecret = 'c81d9e5b7a3f4c20b6e8d1f0a9b2c3d4e5f60718293a4b5c6d7e8f9001122334'

/** A production server with the console on, on a database and a project of its own. */
export interface Door {
  readonly server: TestServer
  readonly database: TestDatabase
  readonly project: TestProject
  /** Between server and database; open. */
  readonly relay: Relay
  /** Another replica on the same database and project. */
  again(env?: Readonly<Record<string, string>>): Promise<TestServer>
  close(): Promise<void>
}

const env = {
  CONSOLE: 'on',
  MIGRATION_READ_SECRET: readSecret,
  MIGRATE_ON_BOOT: 'false',
  MIGRATION_LOCK_TIMEOUT: '2s',
}

export async function openDoor(
  migrations: Readonly<Record<string, string>>,
  more: Readonly<Record<string, string>> = {},
): Promise<Door> {
  const database = await createDatabase()
  const project = createTestProject(migrations)
  const relay = await createRelay(database.url)
  await relay.open()
  const again = (other: Readonly<Record<string, string>> = {}) =>
    startServer(serverEnvironment(relay.url, { ...env, ...more, ...other }), { cwd: project.dir })
  const server = await again()
  return {
    server,
    database,
    project,
    relay,
    again,
    close: async () => {
      server.kill('SIGKILL')
      await server.exit
      await relay.close()
      project.destroy()
      await database.drop()
    },
  }
}

/** Opens the console and looks with this token. */
export async function look(page: Page, ops: string, token = readSecret): Promise<void> {
  await page.goto(`${ops}/`)
  await page.getByLabel('Read secret').fill(token)
  await page.getByRole('button', { name: 'Look', exact: true }).click()
}

/** A call of the door, as curl makes it; the answer's status. */
export async function call(
  ops: string,
  method: string,
  path = '',
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<number> {
  const response = await fetch(`${ops}/api/migrate${path}`, {
    method,
    headers: {
      authorization: `Bearer ${secret}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  await response.text()
  return response.status
}

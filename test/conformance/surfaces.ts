import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express'
import knex from 'knex'
import { createServer } from 'node:http'
import { connect, createServer as createTcpServer, type AddressInfo, type Server } from 'node:net'
import { sallyport } from '../../src/index.js'
import { readSecret, secret } from '../hostile/rig.js'
import type { TestDatabase } from '../support/database.js'
import type { TestProject } from '../support/project.js'
import { serverEnvironment, startServer } from '../support/server.js'

/** A place where the door stands. */
export interface Surface {
  readonly port: number
  /** The path under which it is called. */
  readonly base: string
  close(): Promise<void>
}

export interface Ground {
  readonly database: TestDatabase
  readonly project: TestProject
}

/** An application of a host's own, before and behind the door. */
export type Host = (app: Express, door: RequestHandler) => void

const path = '/api/migrate'
const parsers: RequestHandler[] = [express.json(), express.urlencoded({ extended: true }), express.text()]

/** Wraps what is written, as compressing middlewares do. */
const wrapping: RequestHandler = (_request, response, next) => {
  const { write, end } = response
  response.write = ((...args: Parameters<typeof write>) => write.apply(response, args)) as typeof write
  response.end = ((...args: Parameters<typeof end>) => end.apply(response, args)) as typeof end
  response.setHeader('Vary', 'Accept-Encoding')
  next()
}
const careless: ErrorRequestHandler = (error: Error, _request, response, _next) => {
  response.status(200).send(`<!doctype html>${String(error.stack)}`)
}
const permissive: RequestHandler = (_request, response, next) => {
  response.set({ 'Access-Control-Allow-Origin': '*', 'X-Powered-By': 'shop' })
  next()
}

/** Hosts that leave bodies alone; those further down read them first. */
export const hosts: Readonly<Record<string, readonly [host: Host, base: string]>> = {
  'the router in an application': [(app, door) => app.use(path, door), path],
  'an application that trusts every proxy': [
    (app, door) => app.set('trust proxy', true).set('query parser', 'extended').use(path, door),
    path,
  ],
  'an application that wraps and colours answers': [
    (app, door) => app.use(permissive, wrapping).set('etag', 'strong').set('json spaces', 2).use(path, door),
    path,
  ],
  'an application with an error handler of its own': [(app, door) => app.use(path, door).use(careless), path],
  'another path, in a router within a router': [
    (app, door) => app.use('/internal/:tenant', express.Router({ mergeParams: true }).use('/ops', door)),
    '/internal/a%20b/ops',
  ],
  'mounted twice, the first time': [(app, door) => app.use('/one', door).use('/two', door), '/one'],
  'mounted twice, the second time': [(app, door) => app.use('/one', door).use('/two', door), '/two'],
}
export const parsingHost: Host = (app, door) =>
  app
    .use(...parsers)
    .use(path, door)
    .use(careless)

/** The library's router in such an application. */
export async function inHost({ database, project }: Ground, host: Host, base: string): Promise<Surface> {
  const own = knex({ client: 'pg', connection: database.url })
  const door = sallyport({
    knex: own,
    secret,
    readSecret,
    allowedIps: ['203.0.113.0/24'],
    trustedProxies: ['127.0.0.1'],
    migrationsDir: `${project.dir}/migrations`,
    release: '1.4.0',
  })
  const app = express()
  host(app, door.router)
  const server = createServer(app)
  return {
    port: await listening(server),
    base,
    close: async () => {
      server.closeAllConnections()
      await closed(server)
      await door.close()
      await own.destroy()
    },
  }
}

/** `sallyport serve`, a process of its own. */
export async function standalone({ database, project }: Ground): Promise<Surface> {
  const env = serverEnvironment(database.url, {
    MIGRATE_ON_BOOT: 'false',
    MIGRATION_SECRET: secret,
    MIGRATION_READ_SECRET: readSecret,
    MIGRATION_ALLOWED_IPS: '203.0.113.0/24',
    TRUSTED_PROXIES: '127.0.0.1',
  })
  const server = await startServer(env, { cwd: project.dir })
  return {
    port: Number(new URL(server.ops).port),
    base: path,
    close: async () => {
      server.kill('SIGTERM')
      await server.exit
    },
  }
}

/** A proxy before another surface that takes `/edge` off every path. */
export async function behindStripping(inner: Surface): Promise<Surface> {
  const proxy = createTcpServer((near) => {
    const far = connect(inner.port, '127.0.0.1')
    near.once('data', (chunk: Buffer) => {
      far.write(chunk.toString('latin1').replace(' /edge/', ' /'), 'latin1')
      near.pipe(far)
    })
    far.pipe(near)
    near.on('error', () => far.destroy()).on('close', () => far.destroy())
    far.on('error', () => near.destroy())
  })
  return {
    port: await listening(proxy),
    base: `/edge${inner.base}`,
    close: async () => {
      await closed(proxy)
      await inner.close()
    },
  }
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

function closed(server: Server): Promise<unknown> {
  return new Promise((resolve) => server.close(resolve))
}

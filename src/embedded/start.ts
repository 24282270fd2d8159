import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Logger } from '../observe/logger.js'
import { serverAccount, type Account } from './account.js'
import { ensureCluster, type Cluster } from './cluster.js'
import { EmbeddedError } from './errors.js'
import { keep } from './keep.js'
import { locateNative, runnableNative, type Native } from './native.js'
import { findPlace } from './place.js'
import { isKept, livePostmaster, readPostmaster, stopPostmaster, until } from './postmaster.js'

export { EmbeddedError } from './errors.js'

export interface EmbeddedOptions {
  /** Data is kept in `.sallyport` below this directory. */
  readonly dir: string
  readonly logger: Logger
  /** PostgreSQL settings, such as `fsync: 'off'`. */
  readonly settings?: Readonly<Record<string, string>>
  /** True: `dir` is removed when the server ends, however it ends. Default: false. */
  readonly throwaway?: boolean
}

/** A running embedded PostgreSQL. */
export interface Embedded {
  /** Holds the password: never to be logged. */
  readonly url: string
  /** False: another process started it, and it ends with that one. */
  readonly owned: boolean
  /** Resolves once the server has ended; at once where it is not ours. */
  stop(): Promise<void>
}

const startPatienceMs = 30_000
const attempts = 5

/**
 * Starts PostgreSQL on a free loopback port, or joins the one that runs on this directory already. It ends with this
 * process at the latest. Throws `EmbeddedError`.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const account = serverAccount(options.logger)
  const found = locateNative()
  // One name for one directory: through a symbolic link a running server would not be recognised.
  const place = realpathSync(findPlace(realpathSync(options.dir), account, options.logger))
  const native = runnableNative(found, account, place)
  const durable = !options.throwaway
  const cluster = await ensureCluster({ place, native, account, durable, logger: options.logger })
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const running =
      (await joinRunning(cluster, options.logger)) ?? (await launch(cluster, native, account, place, options))
    if (running !== undefined) return running
  }
  throw new EmbeddedError(
    `The embedded PostgreSQL did not start: ${lastWords(cluster)}. Its log is ${logFile(cluster)}. ` +
      'Mend what it names, or set DATABASE_URL.',
    { exitCode: 5 },
  )
}

async function joinRunning(cluster: Cluster, logger: Logger): Promise<Embedded | undefined> {
  const found = livePostmaster(cluster)
  if (found === undefined) return undefined
  if (!isKept(found)) {
    logger.info(`stopping the embedded PostgreSQL (process ${found.pid}) that a killed process left running`)
    await stopPostmaster(found.pid)
    return undefined
  }
  await until(() => livePostmaster(cluster)?.ready !== false, startPatienceMs)
  const running = livePostmaster(cluster)
  if (!running?.ready) return undefined
  logger.info('using the embedded PostgreSQL that another process runs here; it ends with that process')
  return Object.freeze({ url: urlOf(cluster, running.port), owned: false, stop: () => Promise.resolve() })
}

async function launch(
  cluster: Cluster,
  native: Native,
  account: Account | undefined,
  place: string,
  options: EmbeddedOptions,
): Promise<Embedded | undefined> {
  const port = await freePort()
  const keeper = keep({
    program: join(native.dir, 'bin', 'postgres'),
    arguments: serverArguments(cluster.dataDir, port, options.settings ?? {}),
    cwd: cluster.dir,
    account,
    logFile: logFile(cluster),
    removeAtEnd: options.throwaway ? [place, options.dir] : [],
  })
  await until(() => keeper.ended() || isReady(cluster, port), startPatienceMs)
  if (keeper.ended()) return undefined
  if (!isReady(cluster, port)) {
    await keeper.stop()
    return undefined
  }
  return Object.freeze({ url: urlOf(cluster, port), owned: true, stop: () => keeper.stop() })
}

function serverArguments(
  dataDir: string,
  port: number,
  settings: Readonly<Record<string, string>>,
): readonly string[] {
  const all = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    // A path below a deep project directory would exceed the 107 bytes of a Unix socket's address.
    unix_socket_directories: '',
    log_min_error_statement: 'panic',
    ...settings,
  }
  return ['-D', dataDir, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
}

function isReady(cluster: Cluster, port: number): boolean {
  const postmaster = readPostmaster(cluster.dataDir)
  return postmaster?.port === port && postmaster.ready
}

function urlOf(cluster: Cluster, port: number): string {
  return `postgres://postgres:${cluster.password}@127.0.0.1:${port}/postgres`
}

function logFile(cluster: Cluster): string {
  return join(cluster.dir, 'postgres.log')
}

function lastWords(cluster: Cluster): string {
  const file = logFile(cluster)
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []
  return lines.findLast((line) => /FATAL|PANIC|ERROR/.test(line)) ?? lines.at(-1) ?? 'it wrote no log'
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })
}

import { readFileSync, realpathSync, type BigIntStats } from 'node:fs'
import { createRequire } from 'node:module'
import { extname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isStill, versionOf } from './file-version.js'

const typescript = new Set(['.ts', '.mts', '.cts'])

/** Milliseconds that a file may take to load. */
const loadTimeoutMs = 30_000

/** A file as it was read, which is what is to be loaded. */
export interface ReadModule {
  /** As it was asked for. */
  readonly path: string
  /** Where its links lead: Node follows one once in its life. */
  readonly file: string
  readonly version: BigIntStats
  readonly source: string
}

/** Throws the system's error. Many are read at once, and each is small: the thread pool's way takes ten times as long. */
export function readModule(path: string): ReadModule {
  const file = realpathSync.native(path)
  return { path, file, version: versionOf(file), source: readFileSync(file, 'utf8') }
}

/** What was loaded may be another text than the one that was read. Load it again. */
export class ChangedWhileLoadedError extends Error {
  override readonly name = 'ChangedWhileLoadedError'

  constructor() {
    super('the file changed while it was loaded')
  }
}

/**
 * What a file exports. Loads `.js`, `.mjs`, `.cjs` by Node's own `import()` and TypeScript through jiti, which Node 20 cannot
 * do by itself. `key` tells an edited file from the one loaded before, since Node keeps modules by their URL. Rejects
 * with `ChangedWhileLoadedError` where what was loaded may be another text than what was read, and after `timeoutMs`: a
 * top-level `await` may never end, and every later call would wait for it.
 */
export async function loadModule(
  read: ReadModule,
  key?: string,
  timeoutMs = loadTimeoutMs,
): Promise<Readonly<Record<string, unknown>>> {
  const { path, file, version, source } = read
  if (typescript.has(extname(path))) return named(await within(timeoutMs, loadTypeScript(path, source)))
  const exports = await within(timeoutMs, loadNative(file, key))
  // Node has read the file by itself, some time after us.
  if (isStill(version, file) && readFileSync(file, 'utf8') === source) return named(exports)
  spoil(file)
  throw new ChangedWhileLoadedError()
}

/**
 * How often a file did not load, or not as it had been read: Node keeps that by its URL as well, though the file, or what it
 * imports, may be right now.
 */
const failures = new Map<string, number>()

function spoil(file: string): void {
  failures.set(file, (failures.get(file) ?? 0) + 1)
}

async function loadNative(file: string, key: string | undefined): Promise<unknown> {
  const url = pathToFileURL(file)
  if (key !== undefined) {
    const failed = failures.get(file)
    url.searchParams.set('v', failed === undefined ? key : `${key}-${String(failed)}`)
    // A CommonJS module is kept by its path, whatever the query says.
    const { cache } = createRequire(url)
    Reflect.deleteProperty(cache, file)
  }
  return import(url.href).catch((error: unknown) => {
    spoil(file)
    throw error
  })
}

async function loadTypeScript(path: string, source: string): Promise<unknown> {
  const { createJiti } = await import('jiti')
  // What migrations import is one for all of them, as everywhere in Node, and may import in a circle. The file itself is
  // always evaluated anew. A default import of a module that has none is the module, as with ts-node.
  const options = { fsCache: false, moduleCache: true, interopDefault: true }
  const jiti = withAliases((tsconfigPaths) => createJiti(path, { ...options, tsconfigPaths }))
  return jiti.evalModule(source, { filename: path, async: true, ext: extname(path), forceTranspile: true })
}

async function within<T>(ms: number, loading: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const expired = new Promise<never>((_, reject) => {
    const expire = (): void =>
      reject(
        new Error(
          `it was not loaded within ${String(ms / 1000)} s; is there an await at top level that never ends?`,
        ),
      )
    // What was ready while the event loop was kept busy is taken first.
    timer = setTimeout(() => (timer = setTimeout(expire, 100)), ms)
  })
  return Promise.race([loading, expired]).finally(() => clearTimeout(timer))
}

/**
 * Aliases of the project's tsconfig, as tsx resolves them. What is deployed may lack what the tsconfig extends; then it is
 * loaded without.
 */
function withAliases<T>(make: (tsconfigPaths: boolean) => T): T {
  try {
    return make(true)
  } catch {
    return make(false)
  }
}

/** CommonJS puts its exports under `default` when imported; some compilers do it twice. */
function named(loaded: unknown): Readonly<Record<string, unknown>> {
  let exports = loaded as Record<string, unknown>
  while (isRecord(exports['default']) && !('up' in exports)) exports = exports['default']
  return exports
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

import { readFileSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { extname } from 'node:path'
import { pathToFileURL } from 'node:url'

const typescript = new Set(['.ts', '.mts', '.cts'])

/** Milliseconds that a file may take to load. */
const loadTimeoutMs = 30_000

/** What a file exports, with the bytes from which it was loaded. */
export interface LoadedModule {
  readonly exports: Readonly<Record<string, unknown>>
  readonly source: string
}

/**
 * Loads `.js`, `.mjs`, `.cjs` by Node's own `import()` and TypeScript through jiti, which Node 20 cannot do by itself.
 * `version` tells an edited file from the one loaded before, since Node keeps modules by their URL. Rejects after
 * `timeoutMs`: a top-level `await` may never end, and every later call would wait for it.
 */
export async function loadModule(
  path: string,
  version?: string,
  timeoutMs = loadTimeoutMs,
): Promise<LoadedModule> {
  // Many at once, and each is small: the thread pool's way takes ten times as long.
  const source = readFileSync(path, 'utf8')
  const loading = typescript.has(extname(path)) ? loadTypeScript(path, source) : loadNative(path, version)
  const exports = await within(timeoutMs, loading)
  return { exports: named(exports), source }
}

/** How often a file did not load: Node keeps a failure by its URL as well, though what the file imports may be there now. */
const failures = new Map<string, number>()

async function loadNative(path: string, version: string | undefined): Promise<unknown> {
  const url = pathToFileURL(path)
  if (version !== undefined) {
    const failed = failures.get(path)
    url.searchParams.set('v', failed === undefined ? version : `${version}-${String(failed)}`)
    // A CommonJS module is kept by its path, whatever the query says.
    const { cache } = createRequire(url)
    Reflect.deleteProperty(cache, realpathSync.native(path))
  }
  return import(url.href).catch((error: unknown) => {
    failures.set(path, (failures.get(path) ?? 0) + 1)
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

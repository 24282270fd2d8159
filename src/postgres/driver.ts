import { createRequire } from 'node:module'
import type pg from 'pg'

const require = createRequire(import.meta.url)

/**
 * The driver. It asks whether it runs at Cloudflare: a `navigator` says no, and where there is none, on Node 20, it makes a
 * `Response`, for which Node loads the whole of undici, a seventh of the time that a Node process needs to connect. So it
 * finds one for as long as it is loaded, in which nothing else runs. It is CommonJS, and required as such: imported, Node
 * would parse its files a second time for the names that they export.
 */
export function loadDriver(): typeof pg {
  if ('navigator' in globalThis) return require('pg') as typeof pg
  Object.defineProperty(globalThis, 'navigator', { value: { userAgent: 'Node.js' }, configurable: true })
  try {
    return require('pg') as typeof pg
  } finally {
    Reflect.deleteProperty(globalThis, 'navigator')
  }
}

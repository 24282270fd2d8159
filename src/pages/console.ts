import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Request, RequestHandler, Response } from 'express'
import type { Refuse } from '../gates/refuse.js'
import { makeAsset, sendAsset, type Asset } from './asset.js'
import { consolePermissions, consolePolicy } from './policy.js'

/** The console as it was built. */
export interface Console {
  readonly page: Asset
  /** Script, style and picture by the path under which the page names them; each name holds a digest of the content. */
  readonly assets: ReadonlyMap<string, Asset>
}

/** Where the build leaves the console: beside the compiled server. */
const builtInto = fileURLToPath(new URL('../../console/', import.meta.url))

/** Reads the built console; undefined where it was not built. Its files are few and small, and are kept. */
export function readConsole(dir = builtInto): Console | undefined {
  if (!existsSync(join(dir, 'index.html'))) return undefined
  const load = (name: string): Asset => makeAsset(name, readFileSync(join(dir, name)))
  const names = readdirSync(join(dir, 'assets')).map((name) => `assets/${name}`)
  return Object.freeze({
    page: load('index.html'),
    assets: new Map(names.map((name) => [`/${name}`, load(name)])),
  })
}

/** Answers `GET /` and what the page loads; the page itself is never kept, what it loads may be kept for ever. */
export function consolePage({ page, assets }: Console): (refuse: Refuse) => RequestHandler {
  return (refuse) =>
    function servesConsole(request, response, next) {
      const { path } = request
      const asset = path === '/' ? page : assets.get(path)
      if (asset === undefined) next()
      else if (request.method !== 'GET' && request.method !== 'HEAD') {
        const detail = 'This path answers GET, HEAD.'
        refuse(request, response, { code: 'method_not_allowed', detail, headers: { Allow: 'GET, HEAD' } })
      } else if (asset === page) sendPage(request, response, page)
      else sendKept(request, response, asset)
    }
}

/** Its name holds a digest of its content, so whoever has it under this name has it as it is. */
function sendKept(request: Request, response: Response, asset: Asset): void {
  response.setHeader('Cache-Control', 'public, max-age=31536000, immutable')
  // Weak, since the compressed forms share it (RFC 9110 §8.8.1).
  response.setHeader('ETag', `W/"${basename(request.path)}"`)
  if (request.fresh) response.writeHead(304, { Vary: 'Accept-Encoding' }).end()
  else sendAsset(request, response, asset)
}

/** The page names what it loads relative to itself, so below a prefix its own path has to end in a slash. */
function sendPage(request: Request, response: Response, page: Asset): void {
  if (request.baseUrl !== '' && !/^[^?]*\/(?:\?|$)/.test(request.originalUrl)) {
    response.statusCode = 308
    response.setHeader('Location', `./${basename(request.baseUrl)}/`)
    response.end()
    return
  }
  response.setHeader('Content-Security-Policy', consolePolicy)
  response.setHeader('Permissions-Policy', consolePermissions)
  sendAsset(request, response, page)
}

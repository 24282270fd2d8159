import { extname } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import type { Request, Response } from 'express'

/** A file of the console in the forms in which it is sent; all made once, when the server starts. */
export interface Asset {
  readonly type: string
  readonly plain: Buffer
  readonly gzip: Buffer
  readonly brotli: Buffer
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
}

/** Throws for a kind of file that the page has no use for. */
export function makeAsset(name: string, plain: Buffer): Asset {
  const type = types[extname(name)]
  if (type === undefined) throw new Error(`no media type is known for ${name}`)
  const size = { [constants.BROTLI_PARAM_SIZE_HINT]: plain.length }
  return Object.freeze({
    type,
    plain,
    gzip: gzipSync(plain, { level: 9 }),
    brotli: brotliCompressSync(plain, { params: size }),
  })
}

/** Sends it in the smallest form that the caller takes. It holds no secret, so its compressed size tells nothing. */
export function sendAsset(request: Request, response: Response, asset: Asset): void {
  const encoding = request.acceptsEncodings('br') || request.acceptsEncodings('gzip')
  response.setHeader('Vary', 'Accept-Encoding')
  response.setHeader('Content-Type', asset.type)
  if (encoding === 'br' || encoding === 'gzip') response.setHeader('Content-Encoding', encoding)
  const body = encoding === 'br' ? asset.brotli : encoding === 'gzip' ? asset.gzip : asset.plain
  response.setHeader('Content-Length', body.length)
  response.end(request.method === 'HEAD' ? undefined : body)
}

import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { parseAddress } from '../network/address.js'
import type { Logger } from '../observe/logger.js'
import { problemKinds, type ProblemCode } from '../problems/catalog.js'
import { expectContinue } from './continue.js'
import { answerRaw } from './raw-answer.js'
import type { RefusalReport } from './refuse.js'

/** For `http.createServer` and `https.createServer`. Milliseconds and bytes. */
export const serverOptions = Object.freeze({
  maxHeaderSize: 16_384,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  /** How late the two above may be noticed; Node's default is half a minute. */
  connectionsCheckingInterval: 2_000,
  /** Above a load balancer's idle time (60 s at AWS), or it reuses a connection that is just being closed: 502. */
  keepAliveTimeout: 75_000,
  insecureHTTPParser: false,
  /** Node's own answer would be no problem+json; the limits gate refuses the same requests. */
  requireHostHeader: false,
} satisfies ServerOptions)

export interface HardenOptions {
  readonly logger: Logger
  /** Whether a peer is a trusted proxy or on the allowlist. Others share a small number of connections. */
  readonly welcomes: (peer: string | undefined) => boolean
  readonly onRefusal?: ((report: RefusalReport) => void) | undefined
  /** Default: 1024. */
  readonly maxConnections?: number
  /** Connections of peers that are not welcome. Default: 128. */
  readonly maxStrangers?: number
}

/**
 * Gives a server what its options cannot: problem+json for what cannot be parsed, no silently dropped header lines, and
 * connections that strangers cannot use up. Call it before listening.
 */
export function hardenServer(server: Server, options: HardenOptions): void {
  // 0: no limit, as Node drops lines past it silently. The block is bounded in bytes, the lines by the limits gate.
  Object.assign(server, { maxHeadersCount: 0, maxConnections: options.maxConnections ?? 1024 })
  const refuse = refuseRaw(options)
  server.on('connection', limitStrangers(options))
  const answered = watchAnswers(server)
  const secured = watchHandshakes(server)
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    // Bytes written before a handshake is done would wait for its end, and the connection with them.
    if (canAnswer(error, socket) && !answered(socket) && secured(socket)) {
      refuse(socket, codeOf(error), error.code ?? '')
    } else socket.destroy()
  })
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => {})
    refuse(socket, 'bad_request', 'CONNECT')
  })
  // Both go through the gates like any request: Node would answer 100 before them, and 417 without a body.
  const throughTheGates = (request: IncomingMessage, response: ServerResponse): void => {
    server.emit('request', request, response)
  }
  server.on('checkExpectation', throughTheGates)
  server.on('checkContinue', (request, response) => {
    expectContinue(response)
    throughTheGates(request, response)
  })
}

/** A flood from elsewhere uses up its own share, and an allowed caller still gets in. */
function limitStrangers({ welcomes, maxStrangers = 128 }: HardenOptions): (socket: Socket) => void {
  let strangers = 0
  return (socket) => {
    if (welcomes(socket.remoteAddress)) return
    if (strangers >= maxStrangers) {
      socket.destroy()
      return
    }
    strangers += 1
    socket.once('close', () => {
      strangers -= 1
    })
  }
}

/** Tells of a connection whether it can be written to: at once without TLS, with it after the handshake. */
function watchHandshakes(server: Server): (socket: Socket) => boolean {
  const done = new WeakSet<Socket>()
  server.on('secureConnection', (socket: Socket) => done.add(socket))
  return (socket) => !('encrypted' in socket) || done.has(socket)
}

/** The answer to a connection's last request; on the socket, as a WeakMap would be searched for each request. */
const lastAnswer = Symbol('sallyport last answer')

interface Watched extends Duplex {
  [lastAnswer]?: ServerResponse
}

/** Tells of a connection whether its last request was answered before it had arrived whole: what goes wrong then was told. */
function watchAnswers(server: Server): (socket: Watched) => boolean {
  server.on('request', (request, response) => {
    const socket: Watched = request.socket
    socket[lastAnswer] = response
  })
  return ({ [lastAnswer]: response }) =>
    response !== undefined && response.writableFinished && !response.req.complete
}

/** Not when the peer is gone, and not into the middle of an answer that is being written. */
function canAnswer(error: NodeJS.ErrnoException, socket: Socket): boolean {
  const { _httpMessage: answering } = socket as Socket & { _httpMessage?: ServerResponse | null }
  return error.code !== 'ECONNRESET' && socket.writable && answering?.headersSent !== true
}

function codeOf({ code }: NodeJS.ErrnoException): ProblemCode {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return 'header_fields_too_large'
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return 'request_timeout'
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return 'payload_too_large'
    case undefined:
    default:
      return 'bad_request'
  }
}

const details = {
  header_fields_too_large: 'The header block may have 16 KiB.',
  request_timeout: 'The request did not arrive in time.',
  payload_too_large: 'The chunk extensions are too large.',
} as const

function refuseRaw({ logger, onRefusal }: HardenOptions) {
  return (
    socket: Duplex & { readonly remoteAddress?: string | undefined },
    code: ProblemCode,
    reason: string,
  ): void => {
    const detail = code in details ? details[code as keyof typeof details] : 'This is no HTTP request.'
    const address = parseAddress(socket.remoteAddress ?? '', { zone: 'drop' })?.text
    const requestId = answerRaw(socket, code, detail)
    const { status } = problemKinds[code]
    const report = { code, status, requestId, method: '', reason, ...(address !== undefined && { address }) }
    logger.warn('request refused', report)
    onRefusal?.(report)
  }
}

import { createServer, type Server } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import type { MigrationSecrets } from '../../config/settings.js'
import { assemble, type AssemblyOptions } from '../../src/assembly.js'
import { hardenServer, serverOptions } from '../../src/gates/listener.js'
import type { RefusalReport } from '../../src/gates/refuse.js'
import { createAllowlist } from '../../src/network/allowlist.js'
import { parseAllowlist } from '../../src/network/allowlist-text.js'
import type { Logger } from '../../src/observe/logger.js'
import { undescribed } from '../support/described.js'
import { recordingEngine, type RecordingEngine } from '../door/recording-engine.js'

export const secret = 'S3cr3t.0123456789abcdef-0123456789abcdef'
export const previous = 'Pr3v10us.0123456789abcdef-0123456789abcd'
export const readSecret = 'R3ad.0123456789abcdef-0123456789abcdef01'

export const networks = (text: string) => parseAllowlist(text).networks
export const allowlistOf = (text: string) => createAllowlist(networks(text))
export const secretsOf = (secrets: Partial<MigrationSecrets> = {}): MigrationSecrets => ({
  current: secret,
  previous: undefined,
  read: undefined,
  usable: true,
  ...secrets,
})

export interface Rig {
  readonly port: number
  readonly server: Server
  readonly engine: RecordingEngine
  readonly refusals: RefusalReport[]
  /** Everything that was logged, as text. */
  readonly logged: () => string
  /** Sends bytes as they are; resolves with everything received until the server closes or a whole answer is there. */
  send(request: string | Buffer, options?: SendOptions): Promise<Reply>
  close(): Promise<void>
}

export interface SendOptions {
  /** Answers to wait for. Default: 1. */
  readonly answers?: number
  readonly timeoutMs?: number
  /** Where the door stands: its answer is held against the description of the API. Default: it is not. */
  readonly base?: string | undefined
}

export interface Reply {
  readonly raw: string
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Status of every answer received. */
  readonly statuses: readonly number[]
  /** Whether the server closed the connection. */
  readonly closed: boolean
}

const localProxy = 'X-Forwarded-For: 203.0.113.9\r\n'

/** A request as an allowed client's would arrive through the trusted proxy. `head`: further header lines. */
export function request(line: string, head = '', body = ''): string {
  return `${line} HTTP/1.1\r\nHost: door.example\r\n${localProxy}${head}\r\n${body}`
}

/** The same with the right token. */
export function authorised(line: string, head = '', body = ''): string {
  return request(line, `Authorization: Bearer ${secret}\r\n${head}`, body)
}

/** The rig of the hostile inputs: proxy 127.0.0.1 trusted, 203.0.113.0/24 and 2001:db8:1::/48 allowed. */
export async function startRig(
  options: Partial<AssemblyOptions> = {},
  server: Parameters<typeof createServer>[0] = {},
): Promise<Rig> {
  const engine = recordingEngine()
  const refusals: RefusalReport[] = []
  const { logger, logged } = recordingLogger()
  const list = allowlistOf('203.0.113.0/24, 2001:db8:1::/48')
  const assembled = assemble({
    engine,
    secrets: () => secretsOf(),
    allowlist: () => list,
    trustedProxies: networks('127.0.0.1/32'),
    console: false,
    loopbackListener: false,
    logger,
    waitMs: 50_000,
    onRefusal: (report) => refusals.push(report),
    ...options,
  })
  const http = createServer({ ...serverOptions, ...server }, assembled.opsApp)
  hardenServer(http, { logger, welcomes: assembled.welcomes, onRefusal: (report) => refusals.push(report) })
  return listening(http, { engine, refusals, logged }, '/api/migrate')
}

/** The rig around any server. */
export async function listening(
  server: Server,
  parts: Pick<Rig, 'engine' | 'refusals' | 'logged'>,
  base?: string,
): Promise<Rig> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    ...parts,
    server,
    port,
    send: (bytes, options) => exchange(port, bytes, { base, ...options }),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export function recordingLogger(): { logger: Logger; logged: () => string } {
  const lines: string[] = []
  const log =
    (level: string) =>
    (message: string, fields: object = {}): void =>
      void lines.push(JSON.stringify({ level, message, ...fields }))
  const logger = { error: log('error'), warn: log('warn'), info: log('info'), debug: log('debug') }
  return { logger, logged: () => lines.join('\n') }
}

/** Sends bytes as they are to a port of this machine. */
export function exchange(port: number, bytes: string | Buffer, options: SendOptions = {}): Promise<Reply> {
  const { answers = 1, timeoutMs = 5_000, base } = options
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const isHead = bytes.toString('latin1').startsWith('HEAD ')
    const socket = connect(port, '127.0.0.1')
    const timer = setTimeout(() => {
      reject(new Error(`no answer within ${timeoutMs} ms, but ${JSON.stringify(text())}`))
      socket.destroy()
    }, timeoutMs)
    const text = (): string => Buffer.concat(chunks).toString('latin1')
    const done = (closed: boolean): void => {
      clearTimeout(timer)
      socket.destroy()
      const reply = { ...parseReply(text(), isHead), closed }
      const wrong = base === undefined || reply.status === 0 ? [] : undescribedReply(bytes, reply, base)
      if (wrong.length === 0) resolve(reply)
      else reject(new Error(`the description of the API does not know this answer:\n${wrong.join('\n')}`))
    }
    socket.on('connect', () => socket.write(bytes))
    socket.on('data', (chunk) => {
      chunks.push(chunk)
      const reply = parseReply(text(), isHead)
      const closing = /^connection: close/im.test(text())
      if (reply.statuses.length >= answers && reply.whole && !closing) done(false)
    })
    socket.on('error', () => done(true))
    socket.on('close', () => done(true))
  })
}

/** The page and what it loads are no part of the API. */
const ofTheConsole = /^\/(?:assets\/.*)?$/

function undescribedReply(bytes: string | Buffer, reply: Omit<Reply, 'closed'>, base: string): string[] {
  const [method = '', target = ''] = bytes.toString('latin1').split(/\s/, 2)
  if (ofTheConsole.test(target)) return []
  return undescribed({ method, target, ...reply }, base)
}

/** Reads as many answers as there are; the first one's parts are given. */
function parseReply(raw: string, isHead: boolean): Omit<Reply, 'closed'> & { readonly whole: boolean } {
  const statuses: number[] = []
  let first: Pick<Reply, 'status' | 'headers' | 'body'> | undefined
  let rest = raw
  let whole = true
  while (rest.startsWith('HTTP/')) {
    const end = rest.indexOf('\r\n\r\n')
    if (end === -1) break
    const [line = '', ...lines] = rest.slice(0, end).split('\r\n')
    const headers = Object.fromEntries(
      lines.map((each) => [
        each.slice(0, each.indexOf(':')).toLowerCase(),
        each.slice(each.indexOf(':') + 1).trim(),
      ]),
    )
    const length = isHead ? 0 : Number(headers['content-length'] ?? 0)
    const status = Number(line.split(' ')[1])
    rest = rest.slice(end + 4)
    if (status >= 200) {
      const body = rest.slice(0, length)
      whole = body.length === length
      statuses.push(status)
      first ??= { status, headers, body: Buffer.from(body, 'latin1').toString('utf8') }
      rest = rest.slice(length)
    }
  }
  return { raw, statuses, whole, status: 0, headers: {}, body: '', ...first }
}

import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'

/** An event as Sentry's ingestion would get it. */
export interface ReceivedEvent {
  readonly level?: string
  readonly message?: string
  readonly release?: string
  readonly environment?: string
  readonly tags?: Readonly<Record<string, string>>
  readonly [member: string]: unknown
}

/** A check-in as Sentry's ingestion would get it. */
export interface ReceivedCheckIn {
  readonly check_in_id: string
  readonly monitor_slug: string
  readonly status: string
  readonly duration?: number
  readonly [member: string]: unknown
}

/** A Sentry of our own on 127.0.0.1. */
export interface SentryReceiver {
  readonly dsn: string
  readonly port: number
  readonly events: readonly ReceivedEvent[]
  readonly checkIns: readonly ReceivedCheckIn[]
  /** Everything that arrived, headers included. */
  readonly raw: readonly string[]
  close(): Promise<void>
}

/** Starts one; with `status`, it answers everything so, and with `silent` it never answers. */
export async function startSentry({ status = 200, silent = false } = {}): Promise<SentryReceiver> {
  const events: ReceivedEvent[] = []
  const checkIns: ReceivedCheckIn[] = []
  const raw: string[] = []
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      raw.push(JSON.stringify(request.headers) + body)
      events.push(...itemsOf<ReceivedEvent>(body, 'event'))
      checkIns.push(...itemsOf<ReceivedCheckIn>(body, 'check_in'))
      if (!silent) response.writeHead(status).end('{}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    dsn: `http://publickey@127.0.0.1:${port}/1`,
    port,
    events,
    checkIns,
    raw,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const body = Buffer.concat(chunks)
  return (request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString()
}

/** An envelope is lines: its header, then header and payload of each item (develop.sentry.dev/sdk/data-model/envelopes). */
function itemsOf<Item>(envelope: string, type: string): Item[] {
  const lines = envelope.split('\n').slice(1)
  return lines.flatMap((line, index) => {
    const header = index % 2 === 0 && line !== '' ? (JSON.parse(line) as { type?: string }) : {}
    return header.type === type ? [JSON.parse(lines[index + 1] ?? '{}') as Item] : []
  })
}

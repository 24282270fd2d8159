import { request, type IncomingMessage } from 'node:http'
import { secret } from '../hostile/rig.js'
import { eventually } from '../support/processes.js'
import { undescribedEvent } from '../support/described.js'

/** An event as a reader has it. */
export interface Heard {
  readonly id?: string
  readonly event: string
  readonly data: Readonly<Record<string, unknown>>
}

/** Somebody who reads a stream of events. */
export interface Listener {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  /** Those heard so far; it grows. */
  readonly heard: readonly Heard[]
  /** Comments heard so far, without their colon. */
  readonly comments: readonly string[]
  /** Whatever is no stream of events. */
  readonly body: () => string
  /** Waits until an event is heard for which this holds, and gives it. */
  until(holds: (heard: Heard) => boolean): Promise<Heard>
  /** All events, once the door has ended the stream; rejects on one that the description does not know. */
  all(): Promise<readonly Heard[]>
  /** Breaks the connection. */
  leave(): void
}

export interface ListenOptions {
  readonly method?: string
  readonly lastEventId?: string
}

/** Calls a door of `startRig` for events; resolves once the answer has begun. */
export async function listen(port: number, path: string, options: ListenOptions = {}): Promise<Listener> {
  const response = await answerTo(port, path, options)
  const heard: Heard[] = []
  const comments: string[] = []
  let text = ''
  const isStream = response.headers['content-type']?.startsWith('text/event-stream') === true
  response.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    if (!isStream) return
    const blocks = text.split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      comments.push(...[...block.matchAll(/^: ?(.*)$/gm)].map(([, comment = '']) => comment))
      heard.push(...eventOf(block))
    }
  })
  // A connection that is broken by the door ends with an error, which `complete` tells.
  response.on('error', () => {})
  const closed = new Promise<void>((resolve) => response.once('close', resolve))
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    heard,
    comments,
    body: () => text,
    until: async (holds) => {
      await eventually(
        () => heard.some(holds),
        20_000,
        () => JSON.stringify(heard),
      )
      return heard.find(holds) as Heard
    },
    all: async () => {
      await closed
      if (!response.complete) throw new Error('the stream was broken')
      const wrong = heard.flatMap(({ event, data }) => undescribedEvent(event, data))
      if (wrong.length > 0) throw new Error(`not as described:\n${wrong.join('\n')}`)
      return heard
    },
    leave: () => response.destroy(),
  }
}

function answerTo(port: number, path: string, options: ListenOptions): Promise<IncomingMessage> {
  const { method = 'GET', lastEventId } = options
  const headers = {
    authorization: `Bearer ${secret}`,
    'x-forwarded-for': '203.0.113.9',
    accept: 'text/event-stream',
    ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
  }
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, method, headers, agent: false })
      .on('response', resolve)
      .on('error', reject)
      .end()
  })
}

function eventOf(block: string): Heard[] {
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]
  const [id, event, data] = [field('id'), field('event'), field('data')]
  if (event === undefined || data === undefined) return []
  return [{ ...(id !== undefined && { id }), event, data: JSON.parse(data) as Heard['data'] }]
}

import type { DoorEvent } from './shapes.js'

/** What one piece of a stream brought: perhaps no event, where it was a heartbeat. */
export type Heard = readonly DoorEvent[]

/** Reads `text/event-stream` (HTML standard §9.2) as it arrives, cut anywhere. Ends when the stream does. */
export async function* readEvents(stream: ReadableStream<Uint8Array>): AsyncGenerator<Heard> {
  const reader = stream.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      const blocks = (rest + decoder.decode(value, { stream: true })).split(/\r?\n\r?\n/)
      rest = blocks.pop() ?? ''
      yield blocks.flatMap(eventOf)
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

/** A comment has neither field; what is no JSON is no event of ours. */
function eventOf(block: string): DoorEvent[] {
  const lines = block.split(/\r?\n/)
  const field = (name: string): string =>
    lines
      .filter((line) => line.startsWith(`${name}:`))
      .map((line) => line.slice(name.length + 1).trimStart())
      .join('\n')
  const type = field('event')
  if (type === 'done') return [{ type }]
  try {
    return type === '' ? [] : [{ ...(JSON.parse(field('data')) as object), type } as DoorEvent]
  } catch {
    return []
  }
}

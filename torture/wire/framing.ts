/** Cuts a byte stream into the messages of PostgreSQL's protocol 3 (manual, chapter "Message Formats"). */
export interface Cutter {
  /** The messages that are complete now, each with its header; the rest is kept for the next call. */
  push(chunk: Uint8Array): Message[]
}

/** One message; `type` is its first byte as a character, or `startup`, `negotiation`, `answer` for those without one. */
export interface Message {
  readonly type: string
  readonly bytes: Buffer
}

/** Both directions of one connection; they share what the start-up negotiation decided. */
export interface Conversation {
  readonly client: Cutter
  readonly server: Cutter
}

const sslRequest = 80_877_103
const gssRequest = 80_877_104
const headerless = 4

/** The cutters of a new connection. */
export function conversation(): Conversation {
  let started = false
  let owedAnswers = 0
  const client = cutter((buffer) => {
    if (started) return typed(buffer)
    const size = untypedSize(buffer)
    if (size === undefined || buffer.length < size) return undefined
    const code = size >= 8 ? buffer.readInt32BE(headerless) : 0
    const negotiates = code === sslRequest || code === gssRequest
    if (negotiates) owedAnswers += 1
    else started = true
    return { type: negotiates ? 'negotiation' : 'startup', size }
  })
  const server = cutter((buffer) => {
    if (owedAnswers === 0) return typed(buffer)
    if (buffer.length === 0) return undefined
    owedAnswers -= 1
    return { type: 'answer', size: 1 }
  })
  return Object.freeze({ client, server })
}

interface Head {
  readonly type: string
  readonly size: number
}

function cutter(head: (buffer: Buffer) => Head | undefined): Cutter {
  let rest: Buffer = Buffer.alloc(0)
  return Object.freeze({
    push(chunk: Uint8Array): Message[] {
      rest = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk])
      const messages: Message[] = []
      for (let next = head(rest); next; next = head(rest)) {
        messages.push(Object.freeze({ type: next.type, bytes: rest.subarray(0, next.size) }))
        rest = rest.subarray(next.size)
      }
      return messages
    },
  })
}

/** A type byte, then a length that counts itself but not the type. */
function typed(buffer: Buffer): Head | undefined {
  if (buffer.length < 1 + headerless) return undefined
  const size = 1 + length(buffer, 1)
  return buffer.length < size ? undefined : { type: String.fromCharCode(buffer[0] as number), size }
}

function untypedSize(buffer: Buffer): number | undefined {
  return buffer.length < headerless ? undefined : length(buffer, 0)
}

/** A length below its own four bytes would never advance. */
function length(buffer: Buffer, at: number): number {
  const value = buffer.readInt32BE(at)
  if (value < headerless) throw new RangeError(`message length ${value}`)
  return value
}

import { dice } from '../../torture/seed.js'
import { conversation, type Cutter } from '../../torture/wire/framing.js'

function typed(type: string, body: string): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(4 + Buffer.byteLength(body))
  return Buffer.concat([Buffer.from(type), length, Buffer.from(body)])
}

function untyped(code: number, body = ''): Buffer {
  const head = Buffer.alloc(8)
  head.writeInt32BE(8 + Buffer.byteLength(body))
  head.writeInt32BE(code, 4)
  return Buffer.concat([head, Buffer.from(body)])
}

const startup = untyped(196_608, 'user\0postgres\0\0')
const sslRequest = untyped(80_877_103)

const types = (cutter: Cutter, bytes: Uint8Array): string[] => cutter.push(bytes).map(({ type }) => type)

test('a connection begins with a message without a type, and every later one has its own', () => {
  const { client } = conversation()
  const bytes = Buffer.concat([startup, typed('Q', 'select 1\0'), typed('X', '')])
  expect(types(client, bytes)).toEqual(['startup', 'Q', 'X'])
})

test('the one byte that answers a request for TLS is a message', () => {
  const { client, server } = conversation()
  expect(types(client, sslRequest)).toEqual(['negotiation'])
  expect(types(server, Buffer.concat([Buffer.from('N'), typed('R', '0000')]))).toEqual(['answer', 'R'])
  expect(types(client, startup)).toEqual(['startup'])
})

test('however the stream is cut into packets, the messages are the same and no byte is lost', () => {
  const chance = dice('packets')
  const whole = Buffer.concat([startup, ...'PBDESQ'.split('').map((type) => typed(type, type.repeat(40)))])
  for (let round = 0; round < 200; round += 1) {
    const { client } = conversation()
    const found: Buffer[] = []
    for (let at = 0; at < whole.length;) {
      const width = 1 + chance.below(30)
      found.push(...client.push(whole.subarray(at, at + width)).map(({ bytes }) => bytes))
      at += width
    }
    expect(found).toHaveLength(7)
    expect(Buffer.concat(found)).toEqual(whole)
  }
})

test('a length that would never advance is refused', () => {
  const { client } = conversation()
  expect(() => client.push(Buffer.from([0, 0, 0, 3, 0, 0]))).toThrow(RangeError)
})

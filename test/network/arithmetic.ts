import fc from 'fast-check'

/** A second reading of addresses, by plain arithmetic, to hold the parser against. */
export interface Number128 {
  readonly family: 4 | 6
  readonly value: bigint
}

/** Rounds of each property; `PROPERTY_ROUNDS=1000000` makes the long search. */
export const rounds = Number(process.env['PROPERTY_ROUNDS'] ?? 400)
jest.setTimeout(30_000 + rounds)

export const ipv4Value = fc.bigInt(0n, (1n << 32n) - 1n)
/** Many zero groups, so that `::` and mapped addresses come up. */
export const ipv6Value = fc
  .array(fc.oneof(fc.constant(0n), fc.constant(0xffffn), fc.bigInt(0n, 0xffffn)), {
    minLength: 8,
    maxLength: 8,
  })
  .map((groups) => groups.reduce((value, group) => (value << 16n) | group, 0n))

export const anyValue: fc.Arbitrary<Number128> = fc.oneof(
  ipv4Value.map((value) => ({ family: 4 as const, value })),
  ipv6Value.map((value) => ({ family: 6 as const, value })),
)

/** Dotted decimal. */
export function dotted(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join('.')
}

/** All eight groups, nothing shortened. */
export function colons(value: bigint): string {
  const hex = value.toString(16).padStart(32, '0')
  return (hex.match(/.{4}/g) ?? []).join(':')
}

/** The plainest spelling of a value. */
export function spelled({ family, value }: Number128): string {
  return family === 4 ? dotted(value) : colons(value)
}

/** IPv4 for an IPv4-mapped IPv6 address. */
export function unmappedValue(of: Number128): Number128 {
  const mapped = of.family === 6 && of.value >> 32n === 0xffffn
  return mapped ? { family: 4, value: of.value & 0xffffffffn } : of
}

/** Whether `address` is in the network of `base` and `prefix`, by shifting. */
export function contains(base: Number128, prefix: number, address: Number128): boolean {
  const bits = base.family === 4 ? 32 : 128
  const shift = BigInt(bits - prefix)
  return base.family === address.family && base.value >> shift === address.value >> shift
}

/** A parsed, canonical network. Made only by `parseNetwork`. */
export interface Network {
  /** 4 or 6; never an IPv4-mapped IPv6 network. */
  readonly family: 4 | 6
  /** Canonical text of the first address: `10.8.0.0`, `2001:db8::` (RFC 5952). */
  readonly address: string
  readonly prefix: number
}

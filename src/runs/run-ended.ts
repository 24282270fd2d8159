/** Why a run was stopped from within or without. */
export class RunEnded extends Error {
  override readonly name = 'RunEnded'
  readonly kind: 'cancelled' | 'lock_lost' | 'blocked'

  constructor(kind: RunEnded['kind'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}

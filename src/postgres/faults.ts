/** What went wrong on a run's connection before whatever was thrown last, and of which a migration may have told nobody. */
export interface Faults {
  /** What the first statement said that failed since the transaction began, or went back to a savepoint. */
  abortedBy: unknown
  /** What a stream failed with to whose errors nobody listens. */
  unheard: unknown
  /** Why the connection was cut. */
  givenUp: Error | undefined
}

/** Of a transaction that is over, or of its part that was rolled back. */
export function forgetTransaction(faults: Faults): void {
  faults.abortedBy = faults.unheard = undefined
}

export function noFaults(): Faults {
  return { abortedBy: undefined, unheard: undefined, givenUp: undefined }
}

/** Lets one piece of work at a time use a connection, in the order of asking. */
export type Exclusive = <T>(work: () => Promise<T>) => Promise<T>

/** One piece of work's failure does not hold up the next. */
export function createExclusive(): Exclusive {
  let last: Promise<unknown> = Promise.resolve()
  return <T>(work: () => Promise<T>) => {
    const turn = last.then(work, work)
    last = turn.catch(() => undefined)
    return turn
  }
}

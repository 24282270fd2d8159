/**
 * Milliseconds after a deadline in which an answer still counts that has arrived: a migration that kept the event loop
 * busy lets the deadline pass first, and the socket be read after it.
 */
const lateReadMs = 100

/**
 * What the server answers within `ms`. After that rejects, and calls `giveUp`: a server that vanished behind a failover, a
 * stopped backend or a stalled proxy tells nobody, and TCP takes a quarter of an hour to notice.
 */
export async function answerWithin<T>(ms: number, answer: Promise<T>, giveUp: () => void): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_, reject) => {
    const expire = (): void => {
      reject(new Error(`connection lost: the server did not answer within ${String(ms)} ms`))
      giveUp()
    }
    timer = setTimeout(() => (timer = setTimeout(expire, lateReadMs)), ms)
  })
  try {
    return await Promise.race([answer, deadline])
  } finally {
    clearTimeout(timer)
  }
}

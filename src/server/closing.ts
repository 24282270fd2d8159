import type { Logger } from '../observe/logger.js'

/** What was opened, closed in reverse. */
export interface ClosingStack {
  /** Registers how to close what was just opened, and the milliseconds that may take. */
  opened(name: string, deadlineMs: number, close: () => unknown): void
  /** Closes everything, the last opened first; what fails or overstays is logged and left behind. Never rejects. */
  close(): Promise<void>
}

interface Opened {
  readonly name: string
  readonly deadlineMs: number
  readonly close: () => unknown
}

/** A failing or hanging part must not keep the parts below it open. */
export function createClosingStack(logger: Logger): ClosingStack {
  const stack: Opened[] = []
  return Object.freeze({
    opened: (name: string, deadlineMs: number, close: Opened['close']) => {
      stack.push({ name, deadlineMs, close })
    },
    close: async () => {
      for (let part = stack.pop(); part !== undefined; part = stack.pop()) {
        await closeOne(part, logger)
      }
    },
  })
}

async function closeOne({ name, deadlineMs, close }: Opened, logger: Logger): Promise<void> {
  try {
    const inTime = await within(deadlineMs, Promise.resolve().then(close))
    if (!inTime) logger.warn(`${name} did not close within ${deadlineMs} ms and was left behind`)
  } catch (error) {
    logger.warn(`${name} did not close cleanly`, { error })
  }
}

/** Whether `work` ended within `ms`. Rejects as `work` does; work that ends later is not waited for. */
export async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, ms, false)
  })
  try {
    return await Promise.race([work.then(() => true), deadline])
  } finally {
    clearTimeout(timer)
  }
}

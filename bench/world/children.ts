import type { ChildProcess } from 'node:child_process'

const running = new Map<ChildProcess, Promise<number | null>>()

/** Takes a child along when the bench ends in disorder. Resolves with its exit code. */
export function endWithBench(child: ChildProcess): Promise<number | null> {
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('exit', (code) => {
      running.delete(child)
      resolve(code)
    })
  })
  running.set(child, ended)
  return ended
}

/** Ends whatever is still running. */
export async function killAll(): Promise<void> {
  for (const child of running.keys()) child.kill('SIGKILL')
  await Promise.allSettled(running.values())
}

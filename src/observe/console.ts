import { Console } from 'node:console'
import { Writable } from 'node:stream'

/** Gets what was printed, as one text without its last line break; `warn` is what would go to stderr. */
export type Printed = (level: 'info' | 'warn', text: string) => void

/**
 * Lets `console` print into `printed` instead, for the whole process: migrations and knexfiles print what they know, the
 * secrets in their environment as well, into a log of JSON lines or a result that a program reads. Returns the undoing.
 */
export function adoptConsole(printed: Printed): () => void {
  const stream = (level: 'info' | 'warn') =>
    new Writable({
      decodeStrings: false,
      write(chunk: string, _encoding, done) {
        printed(level, chunk.replace(/\n$/, ''))
        done()
      },
    })
  const ours = new Console({ stdout: stream('info'), stderr: stream('warn'), colorMode: false })
  const theirs = console as unknown as Record<string, unknown>
  const methods = Object.entries(ours).filter(([, method]) => typeof method === 'function')
  const before = Object.fromEntries(methods.map(([name]) => [name, theirs[name]]))
  Object.assign(theirs, Object.fromEntries(methods))
  return () => void Object.assign(theirs, before)
}

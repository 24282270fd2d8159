import { Writable } from 'node:stream'
import { jsonLine, prettyLine, type LogEvent, type LogLevel } from './line.js'
import type { LogFields, Logger } from './logger.js'
import { redactorOf, type Redactor } from './redactor.js'

export interface WinstonLoggerOptions {
  /** Default: `info`. */
  readonly level?: LogLevel
  /** Default: `json`. */
  readonly format?: 'json' | 'pretty'
  /** Secret values, or a redactor that also learns later ones. */
  readonly redact: readonly string[] | Redactor
  /** Default: stdout. A command whose result goes there logs to stderr. */
  readonly stream?: NodeJS.WritableStream
  /** Whether `pretty` uses colours. Default: false. */
  readonly colour?: boolean
}

/** A logger whose lines can be awaited. */
export interface DrainableLogger extends Logger {
  /**
   * Resolves when every line logged so far was handed to the operating system, or after `timeoutMs` (default 1000), so
   * that a reader who stopped reading cannot keep the process. Never rejects. Lines may be logged afterwards.
   */
  drain(timeoutMs?: number): Promise<void>
}

const importance: Readonly<Record<LogLevel, number>> = { error: 0, warn: 1, info: 2, debug: 3 }
const levels = Object.keys(importance) as readonly LogLevel[]

/**
 * Logs through winston, one line an event, every line scrubbed of secrets and safe to show on a terminal. winston is loaded
 * once a start has time to spare; until then lines go where it would write them. Those of one turn of the event loop go together.
 */
export function createWinstonLogger(options: WinstonLoggerOptions): DrainableLogger {
  const { level = 'info', stream = process.stdout } = options
  const { sink, direct, drain, expect } = countingSink(stream)
  const handover = createHandover({ open: () => openWinston(level, sink), direct, expect, stream })
  const line = lineWriter(options)
  const write =
    (at: LogLevel) =>
    (message: string, fields: LogFields = {}) => {
      if (importance[at] > importance[level]) return
      handover.line(line({ level: at, message, fields, at: new Date() }))
    }
  const methods = Object.fromEntries(levels.map((name) => [name, write(name)]))
  return Object.freeze({
    ...(methods as unknown as Logger),
    drain: (timeoutMs?: number) => {
      handover.settle()
      return drain(timeoutMs)
    },
  })
}

type Winston = (lines: string) => void

async function openWinston(level: LogLevel, sink: Writable): Promise<Winston> {
  const { createLogger, format, transports } = await import('winston')
  const logger = createLogger({
    levels: importance,
    level,
    format: format.printf((info) => String(info.message)),
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- winston types its transports as interfaces
    transports: [new transports.Stream({ stream: sink, eol: '\n' })],
  })
  // What is not important enough was left out before.
  return (lines) => void logger.log('error', lines)
}

/** Milliseconds after the first line, and between two looks whether the process is still busy with its start. */
const openAfterMs = 150
/** winston is not waited for longer than this, however busy the process is. */
const openWithinMs = 1_000
/** Of the time since the last look. */
const busy = 0.7

/** Calls once the event loop has had time to spare, since a start need not wait for winston. Returns what gives it up. */
function onceIdle(work: () => void): () => void {
  const since = performance.now()
  let before = performance.eventLoopUtilization()
  let timer = setTimeout(look, openAfterMs).unref()
  function look(): void {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, before)
    before = now
    if (utilization < busy || performance.now() - since >= openWithinMs) work()
    else timer = setTimeout(look, openAfterMs).unref()
  }
  return () => clearTimeout(timer)
}

interface HandoverOptions {
  readonly open: () => Promise<Winston>
  /** Writes lines while winston is not there. */
  readonly direct: (lines: string) => void
  /** Told of each batch of lines that is to be written. */
  readonly expect: () => void
  readonly stream: NodeJS.WritableStream
}

/**
 * Lines wait for the end of the turn in which they were logged: a flood of refused requests costs one line's way through
 * winston's streams a turn. A process that ends before writes what waits by itself.
 */
function createHandover({ open, direct, expect, stream }: HandoverOptions) {
  const waiting: string[] = []
  let giveUp: (() => void) | undefined
  let winston: Winston | undefined
  const rescue = (): void => {
    if (waiting.length > 0) stream.write(`${waiting.splice(0).join('\n')}\n`)
  }
  const flush = (): void => {
    process.off('exit', rescue)
    if (waiting.length > 0) (winston ?? direct)(waiting.splice(0).join('\n'))
  }
  // Where it cannot be loaded, the lines go on as they did.
  const load = (): void =>
    void open()
      .then((opened) => (winston = opened))
      .catch(() => undefined)
  return {
    line: (line: string): void => {
      if (waiting.push(line) > 1) return
      expect()
      process.once('exit', rescue)
      setImmediate(flush)
      giveUp ??= onceIdle(load)
    },
    /** Loads nothing any more. */
    settle: (): void => giveUp?.(),
  }
}

function lineWriter({ level, format: form, redact, colour = false }: WinstonLoggerOptions) {
  const options = { redactor: redactorOf(redact), rows: level === 'debug', colour }
  const render = form === 'pretty' ? prettyLine : jsonLine
  return (event: LogEvent): string => {
    try {
      return render(event, options)
    } catch {
      // A getter or toJSON that throws must not end what was being logged about.
      return render({ ...event, fields: { unloggable: true } }, options)
    }
  }
}

/**
 * winston hands lines on in later ticks, and `process.exit()` after a log call loses them: counts what was logged and
 * what the stream has written, and so knows when the two are equal.
 */
function countingSink(stream: NodeJS.WritableStream) {
  let pending = 0
  const waiting = new Set<() => void>()
  const settle = (): void => {
    pending -= 1
    if (pending > 0) return
    for (const resume of waiting) resume()
  }
  // A log reader that went away (EPIPE) must not end a migration.
  stream.on('error', () => undefined)
  const sink = new Writable({
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      stream.write(chunk, settle)
      done()
    },
  })
  const direct = (lines: string): void => void stream.write(`${lines}\n`, settle)
  const drain = (timeoutMs = 1_000): Promise<void> =>
    new Promise((resolve) => {
      if (pending === 0) {
        resolve()
        return
      }
      const timer = setTimeout(finish, timeoutMs)
      function finish(): void {
        clearTimeout(timer)
        waiting.delete(finish)
        resolve()
      }
      waiting.add(finish)
    })
  return { sink, direct, drain, expect: () => void (pending += 1) }
}

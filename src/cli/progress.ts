import type { RunEvent } from '../runs/engine.js'

/** Tells a person or a CI log how a run goes. */
export interface Progress {
  readonly event: (event: RunEvent) => void
  /** Removes what is left of the bar. */
  end(): void
}

/** The part of a stream that is needed: `process.stderr` has it. */
export interface ProgressStream {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

const barWidth = 24

/** A bar on a terminal, one line for each step elsewhere; `TERM=dumb` is a terminal that cannot draw over a line. */
export function createProgress(stream: ProgressStream, term?: string): Progress {
  if (!stream.isTTY || term === 'dumb') {
    return Object.freeze({
      event: (event: RunEvent) => stream.write(`${lineOf(event)}\n`),
      end: () => undefined,
    })
  }
  const clear = '\r\u001b[2K'
  return Object.freeze({
    event: (event: RunEvent) => {
      const lasting = event.type === 'migration' && event.state !== 'started'
      const text = lasting ? `${lineOf(event)}\n` : barOf(event).slice(0, widthOf(stream) - 1)
      stream.write(`${clear}${text}`)
    },
    end: () => void stream.write(clear),
  })
}

/** A terminal whose size nobody has told (`script`, some CI logs) says 0. */
function widthOf({ columns = 0 }: ProgressStream): number {
  return columns > 0 ? columns : 80
}

function lineOf(event: RunEvent): string {
  switch (event.type) {
    case 'run':
      return `run ${event.runId}${event.joined ? ' (joined)' : ''}: ${event.pending.length} pending`
    case 'waiting':
      return `waiting for ${waitedFor(event)}, ${seconds(event.elapsedMs)} so far`
    case 'migration':
      return `[${event.index}/${event.of}] ${event.name} ${stateOf(event)}`
  }
}

function barOf(event: RunEvent): string {
  if (event.type !== 'migration') return lineOf(event)
  const share = (event.index - 1 + (event.percent ?? 0) / 100) / event.of
  const filled = Math.round(share * barWidth)
  return `${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)} ${lineOf(event)}`
}

function stateOf(event: Extract<RunEvent, { type: 'migration' }>): string {
  const took = event.durationMs === undefined ? '' : ` in ${seconds(event.durationMs)}`
  const phase = event.phase === undefined ? '' : ` (${event.phase}${percent(event.percent)})`
  return `${event.state}${took}${phase}`
}

function percent(value: number | undefined): string {
  return value === undefined ? '' : ` ${Math.floor(value)} %`
}

function waitedFor(event: Extract<RunEvent, { type: 'waiting' }>): string {
  if (event.for === 'lock') return 'another run'
  if (event.for === 'predecessor') return 'the backend of a killed run'
  const who = event.blockers?.map(({ pid, user, application, query }) =>
    pid === 0 ? query : `pid ${pid} (${user ?? '?'}, ${application ?? '?'})`,
  )
  return who?.length ? `blockers: ${who.join(', ')}` : 'a blocking session'
}

function seconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
}

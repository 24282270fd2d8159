import { createProgress } from '../../src/cli/progress.js'

function streamOf(isTTY: boolean) {
  const written: string[] = []
  return { stream: { isTTY, columns: 60, write: (text: string) => written.push(text) }, written }
}

const step = { type: 'migration', runId: 'r', name: 'create_users', index: 2, of: 4 } as const

test('each step is one line where no terminal is', () => {
  const { stream, written } = streamOf(false)
  const progress = createProgress(stream)
  progress.event({ type: 'run', runId: 'r', joined: false, pending: ['a', 'b'] })
  progress.event({ ...step, state: 'started' })
  progress.event({ ...step, state: 'applied', durationMs: 1234 })
  progress.event({ type: 'waiting', runId: 'r', for: 'lock', elapsedMs: 800 })
  progress.end()
  expect(written).toEqual([
    'run r: 2 pending\n',
    '[2/4] create_users started\n',
    '[2/4] create_users applied in 1.2 s\n',
    'waiting for another run, 800 ms so far\n',
  ])
})

test('a terminal gets a bar that is drawn over, and lasting lines for what was applied', () => {
  const { stream, written } = streamOf(true)
  const progress = createProgress(stream)
  progress.event({ ...step, state: 'started', phase: 'building index', percent: 50 })
  progress.event({ ...step, state: 'applied', durationMs: 3 })
  progress.end()
  expect(written[0]?.startsWith(`\r\u001b[2K${'█'.repeat(9)}${'░'.repeat(15)} [2/4] create_users`)).toBe(true)
  expect(written[0]).not.toContain('\n')
  expect(written[1]).toBe('\r\u001b[2K[2/4] create_users applied in 3 ms\n')
  expect(written[2]).toBe('\r\u001b[2K')
})

test('a terminal that tells no width has one of 80 columns', () => {
  const { stream, written } = streamOf(true)
  createProgress({ ...stream, columns: 0 }).event({ ...step, state: 'started' })
  expect(written[0]?.endsWith(' [2/4] create_users started')).toBe(true)
})

test('whoever blocks is named', () => {
  const { stream, written } = streamOf(false)
  const blocker = { pid: 7, user: 'report', application: null, state: 'active', since: null, query: 'select' }
  createProgress(stream).event({
    type: 'waiting',
    runId: null,
    for: 'blockers',
    elapsedMs: 2000,
    blockers: [blocker],
  })
  expect(written).toEqual(['waiting for blockers: pid 7 (report, ?), 2.0 s so far\n'])
})

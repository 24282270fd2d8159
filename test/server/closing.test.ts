import { createClosingStack } from '../../src/server/closing.js'
import { silentLogger } from '../../src/observe/logger.js'

function recordingLogger() {
  const warnings: string[] = []
  return { logger: { ...silentLogger, warn: (message: string) => void warnings.push(message) }, warnings }
}

test('what was opened last is closed first', async () => {
  const stack = createClosingStack(silentLogger)
  const closed: string[] = []
  for (const name of ['database', 'engine', 'listener']) stack.opened(name, 100, () => closed.push(name))
  await stack.close()
  expect(closed).toEqual(['listener', 'engine', 'database'])
})

test('a part that hangs or fails is named, and the parts below it are closed all the same', async () => {
  const { logger, warnings } = recordingLogger()
  const stack = createClosingStack(logger)
  const closed: string[] = []
  stack.opened('database', 100, () => closed.push('database'))
  stack.opened('engine', 20, () => new Promise(() => undefined))
  stack.opened('listener', 100, () => Promise.reject(new Error('broken')))
  await stack.close()
  expect(closed).toEqual(['database'])
  expect(warnings).toEqual([
    'listener did not close cleanly',
    'engine did not close within 20 ms and was left behind',
  ])
})

test('a second close has nothing left to close', async () => {
  const stack = createClosingStack(silentLogger)
  let times = 0
  stack.opened('once', 100, () => times++)
  await Promise.all([stack.close(), stack.close()])
  expect(times).toBe(1)
})

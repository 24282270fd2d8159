/**
 * A process of its own between us and PostgreSQL. It stands in a session of its own, so that Ctrl-C in the terminal
 * does not reach the database before the server that uses it has finished, and it stops the database when the channel
 * to its owner closes: in good order, by SIGKILL, by a crash, all alike.
 */
import { spawn } from 'node:child_process'
import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { toolEnvironment } from './account.js'
import type { KeeperOrder } from './keep.js'

const escalation = [
  ['SIGINT', 8000],
  ['SIGQUIT', 4000],
  ['SIGKILL', 0],
] as const

const order = JSON.parse(process.argv[2] ?? '') as KeeperOrder
const log = openSync(order.logFile, 'w', 0o600)
const server = spawn(order.program, order.arguments, {
  cwd: order.cwd,
  env: toolEnvironment,
  stdio: ['ignore', log, log],
  ...(order.account && { uid: order.account.uid, gid: order.account.gid }),
})
closeSync(log)

let stopping = false
function stop(): void {
  if (stopping) return
  stopping = true
  let delay = 0
  for (const [signal, patience] of escalation) {
    setTimeout(() => server.kill(signal), delay).unref()
    delay += patience
  }
}

server.on('error', (error) => {
  writeFileSync(order.logFile, `${error.message}\n`)
  end(1)
})
server.on('exit', () => end(stopping ? 0 : 1))
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)
process.on('disconnect', stop)
if (!process.connected) stop()

function end(code: number): void {
  for (const path of order.removeAtEnd) rmSync(path, { recursive: true, force: true })
  process.exitCode = code
  if (process.connected) process.disconnect()
}

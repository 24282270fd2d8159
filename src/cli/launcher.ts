import type { EnvironmentVariables } from '../../config/environment.js'
import type { Logger } from '../observe/logger.js'

const lookEveryMs = 500

/**
 * `npm start` hands signals on, but killed itself it cannot: then the server ends as by SIGTERM, or it would keep ports
 * and database. Started in any other way, the server does not care what becomes of its parent. Returns the undoing.
 */
export function endWithNpm(env: EnvironmentVariables, logger: Logger): () => void {
  if (!env['npm_lifecycle_event']) return () => undefined
  const npm = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === npm) return
    clearInterval(timer)
    logger.warn('npm, which started this process, has ended')
    process.kill(process.pid, 'SIGTERM')
  }, lookEveryMs)
  timer.unref()
  return () => clearInterval(timer)
}

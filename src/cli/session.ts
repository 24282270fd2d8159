import type { Settings } from '../../config/settings.js'
import { reportIssues } from '../boot/report.js'
import { adoptConsole } from '../observe/console.js'
import type { Logger } from '../observe/logger.js'
import type { Redactor } from '../observe/redactor.js'
import type { Engine } from '../runs/engine.js'
import { createClosingStack } from '../server/closing.js'
import { openEngine } from '../server/open-engine.js'
import { commandLogger, configure } from './configuration.js'
import { explain } from './failures.js'
import type { CommonOptions, Terminal } from './terminal.js'

/** What the commands that need a database work with. */
export interface Session {
  readonly engine: Engine
  readonly settings: Settings
  readonly logger: Logger
  /** Knows every secret that was read. */
  readonly redactor: Redactor
}

const configurationExitCode = 78

/**
 * Reads the settings, opens database and engine, works, closes in reverse order; the exit code. Asks for no secret. In
 * the build phase nothing is opened and the code is 0.
 */
export async function inSession(
  terminal: Terminal,
  options: CommonOptions,
  work: (session: Session) => Promise<number>,
): Promise<number> {
  const configuration = configure(terminal, options.local, {
    purpose: 'pipeline',
    terminal: terminal.err.isTTY === true,
  })
  const { settings, issues, env, redactor } = configuration
  if (settings.environment.mode === 'build') return 0
  const logger = commandLogger(configuration)
  const stack = createClosingStack(logger)
  const restore = adoptConsole((_level, text) => terminal.err.write(`${redactor.text(text)}\n`))
  try {
    reportIssues(issues, logger)
    if (issues.some(({ severity }) => severity === 'fatal')) return configurationExitCode
    const engine = await openEngine({
      settings,
      issues,
      env,
      cwd: terminal.cwd,
      logger,
      stack,
      learn: redactor.learn,
      redact: redactor.text,
    })
    return await work({ engine, settings, logger, redactor })
  } catch (error) {
    return explain(error, (text) => terminal.err.write(`${text}\n`), { logger, redactor })
  } finally {
    await stack.close()
    restore()
    await logger.drain()
  }
}

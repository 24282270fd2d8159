import { isSecretIssue } from '../../config/secrets.js'
import { createChecklist } from '../check/look.js'
import { reportIssues } from '../boot/report.js'
import { configurationFrom } from '../server/check-facts.js'
import { createClosingStack } from '../server/closing.js'
import { openEngine } from '../server/open-engine.js'
import { checklistText } from './checklist-text.js'
import { commandLogger, configure } from './configuration.js'
import { explain } from './failures.js'
import { print, type CommonOptions, type Terminal } from './terminal.js'

const configurationExitCode = 78
const failedExitCode = 1

/**
 * Judges the environment as `serve` would find it, and the database; the exit code: 1 when an item fails, 78 when a
 * setting cannot be read. What is wrong with the secrets is an item, not an end. In the build phase nothing is looked at.
 */
export async function checkCommand(terminal: Terminal, options: CommonOptions): Promise<number> {
  const configuration = configure(terminal, options.local, { terminal: terminal.err.isTTY === true })
  const { settings, issues, env, redactor } = configuration
  if (settings.environment.mode === 'build') return 0
  const logger = commandLogger(configuration)
  const stack = createClosingStack(logger)
  const { cwd } = terminal
  try {
    const unreadable = issues.filter((issue) => issue.severity === 'fatal' && !isSecretIssue(issue))
    reportIssues(unreadable, logger)
    if (unreadable.length > 0) return configurationExitCode
    const passwords: string[] = []
    const learn = (values: readonly string[]): void => {
      redactor.learn(values)
      passwords.push(...values)
    }
    const engine = await openEngine({ settings, env, cwd, logger, stack, learn, redact: redactor.text })
    const checklist = await createChecklist({
      configuration: () => configurationFrom({ env, cwd, loaded: configuration, passwords }),
      engine,
      drift: settings.drift,
      redact: redactor.text,
    })()
    print(terminal, options, checklist, checklistText(checklist, terminal))
    return checklist.status === 'fail' ? failedExitCode : 0
  } catch (error) {
    return explain(error, (text) => terminal.err.write(`${text}\n`), { logger, redactor })
  } finally {
    await stack.close()
    await logger.drain()
  }
}

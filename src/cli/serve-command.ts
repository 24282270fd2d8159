import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { mergeDotenv } from '../../config/dotenv.js'
import type { EnvironmentVariables } from '../../config/environment.js'
import type { Settings } from '../../config/settings.js'
import { bootWith } from '../boot/boot.js'
import { adoptConsole } from '../observe/console.js'
import { createSentryAlerts } from '../observe/sentry.js'
import { createWinstonLogger, type DrainableLogger } from '../observe/winston.js'
import { within } from '../server/closing.js'
import { curlLine } from '../server/curl-line.js'
import type { Serving } from '../server/serve.js'
import { awaitEnding, standalone } from '../server/standalone.js'
import { configure, localEnvironment, type Configuration } from './configuration.js'
import { makeEnvLocal } from './env-local.js'
import { explain } from './failures.js'
import { endWithNpm } from './launcher.js'
import type { CommonOptions, Terminal } from './terminal.js'

/** Milliseconds after which the line to paste is shown although the boot run goes on. */
const bootPatienceMs = 10_000
const alertMs = 2_000

/** Checks the environment, serves until a signal, and answers with the exit code. */
export async function serveCommand(terminal: Terminal, options: CommonOptions): Promise<number> {
  if (options.local && !makeSecrets(terminal)) return 1
  const isTerminal = terminal.outIsTTY && !options.json
  const configuration = configure(terminal, options.local, { terminal: isTerminal })
  const { settings, issues, env, load, redactor } = configuration
  const logger = serverLogger(configuration, isTerminal, options)
  const alerts = createSentryAlerts({
    dsn: settings.sentryDsn,
    release: settings.release,
    environment: settings.environment.name,
    redact: redactor,
  })
  const { cwd } = terminal
  const endings = awaitEnding({ logger, alerts })
  const forget = endWithNpm(env, logger)
  const restore = adoptConsole((level, text) => logger[level](text, { source: 'console' }))
  try {
    const booted = await bootWith(configuration, env, { terminal: isTerminal, logger, alerts })
    if (booted === undefined) return 0
    const { learn, text: redact } = redactor
    return await standalone(
      { settings, issues, env, cwd, load, learn, redact, logger, alerts },
      endings,
      (serving) => {
        void invite(serving, settings, env, terminal)
      },
    )
  } catch (error) {
    // A line of the log like any other: whoever collects those looks nowhere else.
    const say = (text: string, exitCode: number): void => logger.error(`not starting: ${text}`, { exitCode })
    return explain(error, say, { logger, redactor })
  } finally {
    endings.release()
    restore()
    forget()
    await alerts.flush(alertMs)
    await logger.drain()
  }
}

function serverLogger(
  { settings, redactor, env }: Configuration,
  isTerminal: boolean,
  { json }: CommonOptions,
): DrainableLogger {
  const { logLevel: level, logFormat } = settings
  const colour = isTerminal && !env['NO_COLOR']
  return createWinstonLogger({ level, format: json ? 'json' : logFormat, redact: redactor, colour })
}

/** The local demonstration needs secrets; where anything is configured, nothing is made up. False: none can be written. */
function makeSecrets({ env: given, cwd, err }: Terminal): boolean {
  const env = localEnvironment(given, true)
  const { env: merged } = mergeDotenv(env, cwd)
  const known = merged['MIGRATION_SECRET'] !== undefined || merged['MIGRATION_SECRET_FILE'] !== undefined
  if (given['NODE_ENV'] || known || existsSync(join(cwd, '.env.local'))) return true
  const made = makeEnvLocal({ cwd, err })
  if (made) err.write(`wrote fresh secrets to ${made.path} (readable by you only)\n`)
  return made !== undefined
}

/** Shows how to call the door, once there is something to see. */
async function invite(
  { opsPort, boot: bootRun }: Serving,
  settings: Settings,
  env: EnvironmentVariables,
  terminal: Terminal,
): Promise<void> {
  const secret = settings.secrets.current
  if (!settings.environment.local || opsPort === undefined || secret === undefined) return
  await within(bootPatienceMs, bootRun)
  // What the log says of it is written at the end of this turn.
  await nextTurn()
  const url = `${settings.tls ? 'https' : 'http'}://${urlHost(settings.ops.host)}:${opsPort}/api/migrate`
  const line = curlLine({ secret, url, dir: terminal.cwd, secretFile: env['MIGRATION_SECRET_FILE'] })
  terminal.out(`\nThe door is open. To call it, paste this line into another terminal:\n\n${line}\n\n`)
}

function urlHost(host: string): string {
  if (['0.0.0.0', '::', ''].includes(host)) return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}

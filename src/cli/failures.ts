import { EmbeddedError } from '../embedded/errors.js'
import type { Logger } from '../observe/logger.js'
import type { Redactor } from '../observe/redactor.js'
import { FilesInvalidError, ProjectConfigError } from '../project/failure.js'
import { ListenError } from '../server/listener.js'
import { TlsError } from '../server/tls-error.js'

const configurationExitCode = 78

/** Says why a command could not begin, with the original error at the log's debug level; the exit code. */
export function explain(
  error: unknown,
  say: (text: string, exitCode: number) => void,
  { logger, redactor }: { readonly logger: Logger; readonly redactor: Redactor },
): number {
  const exitCode = expectedExitCode(error)
  if (exitCode === undefined || !(error instanceof Error)) {
    logger.error('an error that should not occur; please report it', { error })
    return 1
  }
  say(redactor.text(error.message), exitCode)
  logger.debug('the original error', { error })
  return exitCode
}

function expectedExitCode(error: unknown): number | undefined {
  if (error instanceof EmbeddedError) return error.exitCode
  // Before a run has begun, a file that does not load is the knexfile.
  if (error instanceof FilesInvalidError) return configurationExitCode
  if (error instanceof ProjectConfigError || error instanceof TlsError) return configurationExitCode
  if (error instanceof ListenError) return 1
  return undefined
}

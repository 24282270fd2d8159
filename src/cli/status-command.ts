import { printFailure } from './results.js'
import { inSession } from './session.js'
import { print, type CommonOptions, type Terminal } from './terminal.js'
import { statusText } from './texts.js'

export interface StatusOptions extends CommonOptions {
  readonly exitCode?: boolean
}

/** The exit code of `status --exit-code` when migrations are pending. */
const pendingExitCode = 3

/** Says what is applied and pending; the exit code. */
export async function statusCommand(terminal: Terminal, options: StatusOptions): Promise<number> {
  return inSession(terminal, options, async ({ engine }) => {
    const status = await engine.status()
    if ('code' in status) return printFailure(status, options, terminal)
    print(terminal, options, { ...status, release: engine.release }, statusText(status))
    return options.exitCode && status.pending.length > 0 ? pendingExitCode : 0
  })
}

import type { Settings } from '../../config/settings.js'
import type { Logger } from '../observe/logger.js'
import type { Engine } from '../runs/engine.js'
import type { Terminal } from './terminal.js'

/** What the commands that need a database work with. */
export interface Session {
  readonly engine: Engine
  readonly settings: Settings
  readonly logger: Logger
}

export async function inSession(
  _terminal: Terminal,
  _work: (session: Session) => Promise<number>,
): Promise<number> {
  throw new Error('not built yet')
}

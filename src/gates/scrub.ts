import type { MigrationSecrets } from '../../config/settings.js'
import { createRedactor, type Redactor } from '../observe/redactor.js'

export interface ScrubOptions {
  readonly secrets: () => MigrationSecrets
  /** Takes other secrets than the migration secrets out. Default: none is known. */
  readonly redact?: ((text: string) => string) | undefined
}

/** Takes secrets out of what a caller wrote, wherever somebody may have put one, before it is kept or sent back. */
export type Scrub = (text: string) => string

export function createScrub({ secrets, redact = (text) => text }: ScrubOptions): Scrub {
  return (text) => redact(redactorOf(secrets()).text(text))
}

/** Kept as long as its secrets are in use: to make one costs more than all gates together. */
const redactors = new WeakMap<MigrationSecrets, Redactor>()

function redactorOf(secrets: MigrationSecrets): Redactor {
  const { current = '', previous = '', read = '' } = secrets
  const redactor = redactors.get(secrets) ?? createRedactor([current, previous, read])
  redactors.set(secrets, redactor)
  return redactor
}

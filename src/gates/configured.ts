import type { RequestHandler } from 'express'
import type { MigrationSecrets } from '../../config/settings.js'
import type { Refusal, Refuse } from './refuse.js'

export interface ConfiguredOptions {
  /** Asked for each request, so that secrets re-read from their files count from then on. */
  readonly secrets: () => MigrationSecrets
  readonly refuse: Refuse
}

/** Answers 503 to everybody, in every environment, while there is no secret by which anybody could be let in. */
export function configuredGate({ secrets, refuse }: ConfiguredOptions): RequestHandler {
  return function configured(request, response, next) {
    if (isUsable(secrets())) next()
    else refuse(request, response, misconfigured)
  }
}

/** Whether there is a dedicated secret that a client can send. */
export function isUsable({ usable, current }: MigrationSecrets): boolean {
  return usable && current !== undefined && current !== ''
}

const misconfigured: Refusal = Object.freeze({
  code: 'misconfigured',
  detail:
    'The migration secret is unset, equals another credential, or cannot be sent. The log of the start names it.',
})

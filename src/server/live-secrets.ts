import type { Issue } from '../../config/issue.js'
import { judgeSecrets, type NamedSecret } from '../../config/secrets.js'
import type { MigrationSecrets, Settings } from '../../config/settings.js'

/** What became of changed files: the new secrets are used, the former stay, or no secret may be used any longer. */
export type Taken = 'used' | 'kept' | 'closed'

/** The migration secrets that a running server accepts. */
export interface LiveSecrets {
  readonly now: () => MigrationSecrets
  /** Since when this process accepts a previous secret; undefined while it does not. */
  readonly rotatingSince: () => Date | undefined
  /** Takes what was read anew; `sound`: a start would accept it. */
  take(fresh: Settings, sound: boolean): { readonly taken: Taken; readonly clashes: readonly Issue[] }
  /** Names credentials that were learnt later; what of the secrets equals them, whereupon the door is closed. */
  mustDiffer(from: readonly NamedSecret[]): readonly Issue[]
}

/**
 * A migration secret that cannot be used leaves the former in use. Another credential that has become the same as the
 * secret in use closes the door: whoever knows the one could else migrate.
 */
export function createLiveSecrets(settings: Settings): LiveSecrets {
  let accepted = settings.secrets
  let now = accepted
  let learnt: readonly NamedSecret[] = []
  let rotatingSince = accepted.previous === undefined ? undefined : new Date()
  const accept = (fresh: MigrationSecrets): void => {
    if (fresh.previous !== accepted.previous)
      rotatingSince = fresh.previous === undefined ? undefined : new Date()
    accepted = fresh
  }
  const clashesOf = (secrets: MigrationSecrets, compared: readonly NamedSecret[]): readonly Issue[] =>
    secrets.usable ? clashes(secrets, [...compared, ...learnt]) : []
  return Object.freeze({
    now: () => now,
    rotatingSince: () => rotatingSince,
    take: (fresh: Settings, sound: boolean) => {
      const usable = sound && fresh.secrets.usable && clashesOf(fresh.secrets, fresh.compared).length === 0
      if (usable) accept(fresh.secrets)
      const found = clashesOf(accepted, fresh.compared)
      now = found.length > 0 ? none : accepted
      return { taken: usable ? 'used' : found.length > 0 ? 'closed' : 'kept', clashes: found } as const
    },
    mustDiffer: (from: readonly NamedSecret[]) => {
      learnt = from
      const found = clashesOf(accepted, settings.compared)
      if (found.length > 0) now = none
      return found
    },
  })
}

const none: MigrationSecrets = Object.freeze({
  current: undefined,
  previous: undefined,
  read: undefined,
  usable: false,
})

function clashes(
  { current, previous, read }: MigrationSecrets,
  others: readonly NamedSecret[],
): readonly Issue[] {
  const named = (name: string, value: string | undefined): NamedSecret | undefined =>
    value === undefined ? undefined : { name, value }
  const secrets = {
    current: named('MIGRATION_SECRET', current),
    previous: named('MIGRATION_SECRET_PREVIOUS', previous),
    read: named('MIGRATION_READ_SECRET', read),
    others,
  }
  return judgeSecrets(secrets, { enforced: true, strict: false }).filter(
    ({ code }) => code === 'secret_not_distinct',
  )
}

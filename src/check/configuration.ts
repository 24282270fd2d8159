import type { Issue } from '../../config/issue.js'
import type { Network } from '../network/cidr.js'

/** The half of the facts that does not come from the database: what was set, and what of it is in use. */
export interface Configuration {
  readonly release: string
  readonly names: Names
  readonly environment: {
    readonly name: string
    /** Production: a misconfigured secret ends the process, or throws. */
    readonly enforced: boolean
  }
  /** False: there is no endpoint, and no secret is needed. */
  readonly endpoint: boolean
  readonly secrets: SecretFacts
  readonly network: NetworkFacts
  /** Files whose changed content could not be used, by what they are for; empty where nothing is followed. */
  readonly refusedReloads: Readonly<Partial<Record<FollowedFile, RefusedReload>>>
  /** False: this look is that of a command, which knows nothing of a server that runs. */
  readonly serving: boolean
  /** Whether alerts go anywhere. */
  readonly alerts: boolean
}

/** What things are called where they are set, so that a remedy can name them. */
export interface Names {
  readonly secret: string
  readonly previous: string
  readonly environment: string
  readonly allowlist: string
  readonly proxies: string
  readonly connection: string
  readonly alerts: string
}

export interface SecretFacts {
  readonly issues: readonly Pick<Issue, 'code' | 'severity' | 'message' | 'remedy'>[]
  /** Names of the settings whose value lets somebody act. */
  readonly authorise: readonly string[]
  /** Whether a secret or another was given as a file. */
  readonly files: boolean
  /** Undefined: no previous secret is accepted. */
  readonly rotation: Rotation | undefined
}

/** Since when a previous secret is known to be accepted; it may have been longer. */
export interface Rotation {
  readonly since: Date | undefined
  /** What tells that, in words. */
  readonly toldBy: string
}

export interface NetworkFacts {
  /** Those in use. */
  readonly allowed: readonly Network[]
  /** Whether the list is a file. */
  readonly file: boolean
  readonly proxies: number
  /** `own`: on the port itself; `unknown`: the host application's matter. */
  readonly tls: 'own' | 'none' | 'unknown'
  /** Nobody but this machine can reach the port. */
  readonly loopback: boolean
}

export type FollowedFile = 'secret' | 'allowlist' | 'tls'

/** The former content is in use since then, and why. */
export interface RefusedReload {
  /** ISO 8601. */
  readonly since: string
  readonly why: readonly string[]
}

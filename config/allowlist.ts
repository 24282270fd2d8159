import type { Network } from '../src/network/cidr.js'
import type { EnvironmentVariables } from './environment.js'
import type { Reader } from './reader.js'

/** Who may reach the ops port, and the file which says so, where it is one. */
export interface ConfiguredAllowlist {
  readonly allowedIps: readonly Network[]
  readonly allowedIpsFile: string | undefined
}

/** Locally a list without entries means loopback; elsewhere, in a file, and where it is malformed, it admits nobody. */
export function readAllowlist(
  reader: Reader,
  env: EnvironmentVariables,
  local: boolean,
): ConfiguredAllowlist {
  const before = reader.issues.length
  const read = reader.read('MIGRATION_ALLOWED_IPS')
  const refused = reader.issues.length > before
  const loopback = reader.fallback('MIGRATION_ALLOWED_IPS')
  const allowedIpsFile = env['MIGRATION_ALLOWED_IPS_FILE'] || undefined
  // Whoever keeps a file means what it says, also when it has been emptied.
  const admitted = read.length === 0 && local && allowedIpsFile === undefined ? loopback : read
  return { allowedIps: Object.freeze(refused ? [] : admitted), allowedIpsFile }
}

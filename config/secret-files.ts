import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { EnvironmentVariables } from './environment.js'

const secretVariables = ['MIGRATION_SECRET', 'MIGRATION_SECRET_PREVIOUS', 'MIGRATION_READ_SECRET']

/** Whether one of the migration secrets is given as a file. */
export function hasSecretFile(env: EnvironmentVariables): boolean {
  return secretVariables.some((name) => Boolean(env[`${name}_FILE`]))
}

/**
 * When the file that holds the previous secret was written; undefined where it is no file, or cannot be looked at. A
 * mounted secret is written anew when its pod starts, so the secret itself may be older.
 */
export function previousSecretWritten(env: EnvironmentVariables, cwd: string): Date | undefined {
  const path = env['MIGRATION_SECRET_PREVIOUS_FILE']
  if (!path) return undefined
  return statSync(resolve(cwd, path), { throwIfNoEntry: false })?.mtime
}

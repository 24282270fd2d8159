import type { EnvironmentVariables } from './environment.js'

/** A frozen copy of the process's environment, taken now; the one place where it is read. */
export function processEnvironment(): EnvironmentVariables {
  return Object.freeze({ ...process.env })
}

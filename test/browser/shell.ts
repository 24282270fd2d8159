import { execFile } from 'node:child_process'
import { secret } from '../support/server.js'
import { readSecret } from './door.js'

/** What a line of the page prints in a shell that knows the secrets. */
export async function inShell(line: string, cwd?: string): Promise<string> {
  const env = { PATH: process.env.PATH, MIGRATION_SECRET: secret, MIGRATION_READ_SECRET: readSecret }
  return new Promise((resolve) => {
    execFile('sh', ['-c', line], { cwd, env }, (_, stdout) => resolve(stdout))
  })
}

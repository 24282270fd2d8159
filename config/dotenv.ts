import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { parse } from 'dotenv'
import { resolveEnvironment, type EnvironmentVariables } from './environment.js'
import { readSmallFile } from './file.js'
import { issue, type Issue } from './issue.js'

/** The environment together with the `.env` files beside it. */
export interface MergedEnvironment {
  readonly env: EnvironmentVariables
  readonly issues: readonly Issue[]
}

const require = createRequire(import.meta.url)

/** The variables of a `.env` file. Production reads none, and does not load what reads them. */
export function parseDotenv(text: string): Readonly<Record<string, string>> {
  return (require('dotenv') as { readonly parse: typeof parse }).parse(text)
}

/** The first that defines a variable wins, after the environment itself. */
const names = ['.env.local', '.env']
const maxBytes = 1024 * 1024

/**
 * Adds what `.env.local` and `.env` in `cwd` define and `env` does not, in local environments only; changes nothing but
 * its result. `NODE_ENV` and `NEXT_PHASE` count only from `env`: they decide whether the files are read at all.
 */
export function mergeDotenv(env: EnvironmentVariables, cwd: string): MergedEnvironment {
  const { local, mode } = resolveEnvironment(env)
  if (!local || mode === 'build') return Object.freeze({ env, issues: Object.freeze([]) })
  const issues: Issue[] = []
  const merged: Record<string, string | undefined> = {}
  for (const name of names.filter((candidate) => existsSync(join(cwd, candidate))).reverse()) {
    const file = readSmallFile(name, { cwd, maxBytes, mayBeEmpty: true })
    if ('text' in file) Object.assign(merged, parseDotenv(file.text))
    else issues.push(unreadable(name, file.problem))
  }
  delete merged['NODE_ENV']
  delete merged['NEXT_PHASE']
  return Object.freeze({ env: Object.freeze({ ...merged, ...env }), issues: Object.freeze(issues) })
}

function unreadable(name: string, problem: string): Issue {
  return issue({
    code: 'setting_unreadable',
    severity: 'fatal',
    message: `${name} ${problem}`,
    remedy: `Make ${name} a readable text file of lines NAME=value, or remove it.`,
  })
}

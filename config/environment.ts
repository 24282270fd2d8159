import { issue, type Issue } from './issue.js'
import type { Environment } from './settings.js'

/** What `process.env` is: names and texts, with no promise about either. */
export type EnvironmentVariables = Readonly<Record<string, string | undefined>>

const local = ['development', 'test']
const lenient = [...local, 'staging']

/** Next.js sets `NEXT_PHASE` to this while it builds, when no secret is at hand. */
const buildPhase = 'phase-production-build'

/** Reads `NODE_ENV` and `NEXT_PHASE`. Fails closed: whatever is not known to be lenient is production. */
export function resolveEnvironment(env: EnvironmentVariables): Environment {
  const name = env['NODE_ENV'] || 'production'
  const mode = lenient.includes(name) ? 'lenient' : 'production'
  return Object.freeze({
    name,
    mode: env['NEXT_PHASE'] === buildPhase ? 'build' : mode,
    local: local.includes(name),
  })
}

/** What is odd about the environment: nobody chose it, or development's rules apply in a cluster. */
export function environmentIssues(env: EnvironmentVariables): readonly Issue[] {
  const { name, mode, local: isLocal } = resolveEnvironment(env)
  if (mode === 'production' && (!env['NODE_ENV'] || name !== 'production')) return [assumed(env['NODE_ENV'])]
  if (!isLocal || !env['KUBERNETES_SERVICE_HOST']) return []
  return [
    issue({
      code: 'environment_suspicious',
      severity: 'warning',
      variable: 'NODE_ENV',
      message: `NODE_ENV is ${name} INSIDE A KUBERNETES CLUSTER: a misconfigured secret only warns, and local defaults apply`,
      remedy: 'Set NODE_ENV=production, or NODE_ENV=staging if this cluster is not to be strict.',
    }),
  ]
}

function assumed(given: string | undefined): Issue {
  const what = given ? 'has a name of its own' : 'is not set'
  return issue({
    code: 'environment_assumed',
    severity: 'info',
    variable: 'NODE_ENV',
    message: `NODE_ENV ${what}, so the rules of production apply`,
    remedy:
      'Set NODE_ENV to production, or to development, test or staging, where a misconfigured secret only warns.',
  })
}

import { resolveEnvironment } from '../../config/environment.js'
import type { Configuration, Names } from '../check/configuration.js'
import type { TrustedOptions } from './options.js'

const names: Names = Object.freeze({
  secret: 'secret',
  previous: 'previousSecret',
  environment: 'environment',
  allowlist: 'allowedIps',
  proxies: 'trustedProxies',
  connection: 'the connection of knex',
  alerts: 'alerts',
})

/** What the options say, as the checklist asks for it; `since` is when they were given. */
export function configurationOf(options: TrustedOptions, release: string, since: Date): Configuration {
  const { secrets, secretIssues, networks, trustedProxies, environment, alerted } = options
  const { name, mode } = resolveEnvironment({ NODE_ENV: environment })
  const { current, previous } = secrets
  return {
    release,
    names,
    environment: { name, enforced: mode === 'production' },
    endpoint: true,
    secrets: {
      issues: secretIssues,
      authorise: [
        ...(current === undefined ? [] : [names.secret]),
        ...(previous === undefined ? [] : [names.previous]),
      ],
      files: false,
      rotation: previous === undefined ? undefined : { since, toldBy: 'as this process knows' },
    },
    network: {
      allowed: networks,
      file: false,
      proxies: trustedProxies.length,
      tls: 'unknown',
      loopback: false,
    },
    refusedReloads: {},
    serving: true,
    alerts: alerted,
  }
}

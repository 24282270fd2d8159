import type { TrustedOptions } from './options.js'

/**
 * What of the options goes into the fingerprint that the journal keeps with each run: of secrets only which there are,
 * and nothing of where the database is.
 */
export function configuredBy(options: TrustedOptions): Readonly<Record<string, unknown>> {
  const { secrets, environment, networks, trustedProxies, alerted, migrationsDir, schema, drift } = options
  const { current, previous, read, usable } = secrets
  return {
    environment: environment ?? null,
    secrets: { current: Boolean(current), previous: Boolean(previous), read: Boolean(read), usable },
    allowedIps: networks.map(({ address, prefix }) => `${address}/${prefix}`),
    trustedProxies: trustedProxies.map(({ address, prefix }) => `${address}/${prefix}`),
    alerted,
    migrationsDir: migrationsDir ?? null,
    schema,
    drift,
    durations: options.durations,
  }
}

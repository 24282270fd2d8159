import { cpus, release, totalmem } from 'node:os'

import { versionsOf } from './peers.js'

/** On what it was measured. */
export interface Machine {
  readonly processor: string
  readonly cores: number
  readonly memoryGiB: number
  readonly system: string
  readonly node: string
  readonly postgres: string
  readonly packages: Readonly<Record<string, string>>
  /** ISO 8601. */
  readonly measuredAt: string
}

const compared = [
  'knex',
  'umzug',
  'drizzle-orm',
  'kysely',
  'node-pg-migrate',
  'postgres-migrations',
  'pg',
  'express',
  'helmet',
  'express-ip-filter',
  'express-bearer-token',
  'express-rate-limit',
  'winston',
  '@sentry/node',
]

/** This machine, and what is installed. */
export function describeMachine(postgres: string): Machine {
  const processors = cpus()
  return Object.freeze({
    processor: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${release()}`,
    node: process.version,
    postgres,
    packages: versionsOf(compared),
    measuredAt: new Date().toISOString(),
  })
}

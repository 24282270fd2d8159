import express, { type Router } from 'express'
import { warningCodes } from '../config/issue.js'
import { packageVersion } from '../config/release.js'
import { assemble } from './assembly.js'
import { createChecklist } from './check/look.js'
import { observeEngine } from './health/observed-engine.js'
import { healthProbes } from './health/probes.js'
import { configurationOf } from './library/check-facts.js'
import { configuredBy } from './library/configured.js'
import { trustOptions, type SallyportOptions, type TrustedOptions } from './library/options.js'
import { projectFromKnex } from './project/project.js'
import type { Actor } from './runs/actor.js'
import { createEngine } from './runs/create-engine.js'
import type { Engine, Order, Status } from './runs/engine.js'
import type { Failed, Outcome } from './runs/outcome.js'

/** Sallyport inside an application of your own. */
export interface Sallyport {
  /** The door with all its gates inside: safe wherever it is mounted. Everything under its path is answered here. */
  readonly router: Router
  /** `/livez`, `/startupz`, `/readyz` and `/metrics`, for a port of their own. */
  readonly health: Router
  /** Applies what is pending, for a cold start: same engine, lock and record as the door. Failures are returned, not thrown. */
  migrate(order?: Order): Promise<Outcome>
  /** The files against the database. Writes nothing. */
  status(): Promise<Status | Failed>
  /** Drains: new calls get 503, a run under way gets its grace. Your knex stays open. */
  close(): Promise<void>
}

const coldStart: Actor = Object.freeze({ credential: 'boot' })

/**
 * Puts gates, door, engine and probes together. Reads options only, opens nothing until first asked, never ends the
 * process. Throws `OptionsError` for misuse and, in production, for misconfigured secrets.
 */
export function sallyport(options: SallyportOptions): Sallyport {
  const trusted = trustOptions(options)
  const { logger, alerts, secrets, durations } = trusted
  const { engine, readiness, metrics } = observeEngine(engineOf(trusted), {
    alerts,
    logger,
    endpoint: true,
    budgetMs: durations.budgetMs,
    secrets: () => secrets,
  })
  const { door } = assemble({
    engine,
    checklist: checklistOf(trusted, engine),
    secrets: () => secrets,
    allowlist: () => trusted.allowlist,
    trustedProxies: trusted.trustedProxies,
    console: false,
    logger,
    redact: trusted.redact,
    waitMs: durations.waitMs,
    onRefusal: ({ code }) => metrics.refused(code),
    onAdmission: (credential) => metrics.admitted(credential),
  })
  return Object.freeze({
    router: door,
    health: express.Router().use(healthProbes({ readiness, metrics })),
    migrate: async (order: Order = {}) => {
      const outcome = await engine.migrate(order, coldStart)
      if (outcome.status === 'failed') logger.error(outcome.detail, { code: outcome.code })
      return outcome
    },
    status: () => engine.status(),
    close: async () => {
      readiness.drain()
      await engine.drain(durations.shutdownGraceMs)
      await engine.close()
    },
  })
}

function checklistOf(trusted: TrustedOptions, engine: Engine): () => Promise<unknown> {
  const { drift, redact } = trusted
  const since = new Date()
  const configuration = () => configurationOf(trusted, engine.release, since)
  return createChecklist({ configuration, engine, drift, redact })
}

function engineOf(trusted: TrustedOptions): Engine {
  const { knex, migrationsDir, schema, drift, release, logger, redact, durations, secretIssues } = trusted
  const { lockTimeoutMs, statementTimeoutMs, budgetMs } = durations
  return createEngine({
    project: projectFromKnex(knex, { migrationsDir }),
    schema,
    lockTimeoutMs,
    statementTimeoutMs,
    budgetMs,
    drift,
    release: release ?? packageVersion(process.cwd()),
    logger,
    redact,
    bootFacts: { configured: configuredBy(trusted), warnings: warningCodes(secretIssues) },
  })
}

import { createServer } from 'node:http'
import type { EnvironmentVariables } from '../../config/environment.js'
import type { LoadedConfig } from '../../config/load.js'
import type { Settings } from '../../config/settings.js'
import { observeEngine, type ObservedEngine } from '../health/observed-engine.js'
import { healthApp } from '../health/probes.js'
import type { Alerts } from '../observe/alerts.js'
import type { Logger } from '../observe/logger.js'
import type { Engine } from '../runs/engine.js'
import { bootRun } from './boot-run.js'
import { createClosingStack, within, type ClosingStack } from './closing.js'
import { closeServer, listen } from './listener.js'
import { followConfig, type LiveConfig } from './live-config.js'
import { openEngine } from './open-engine.js'
import { createOpsServer } from './ops.js'

export interface ServeOptions {
  readonly settings: Settings
  readonly logger: Logger
  readonly alerts: Alerts
  readonly env: EnvironmentVariables
  readonly cwd: string
  /** Reads the configuration again when a file behind it has changed. */
  readonly load: () => LoadedConfig
  /** Told secret values that were learnt later, for redaction. */
  readonly learn: (values: readonly string[]) => void
}

/** A server that listens. */
export interface Serving {
  /** Undefined with `MIGRATION_ENDPOINT=off`. */
  readonly opsPort: number | undefined
  readonly healthPort: number
  /** Resolves when the boot run needs no further attempt. */
  readonly boot: Promise<void>
  /** Drains, then closes everything in reverse order of opening. */
  close(): Promise<void>
  /** Cancels the run under way. */
  abandon(): Promise<void>
}

/** What a run gets for rolling back after its grace, in milliseconds. */
const rollBackMs = 10_000
/** What an answer under way gets when its listener closes, in milliseconds. */
const answerMs = 2_000

interface Parts extends ObservedEngine {
  readonly live: LiveConfig
}

/** Opens database, engine, ops port and health port in this order, then migrates in the background. */
export async function serve(options: ServeOptions): Promise<Serving> {
  const stack = createClosingStack(options.logger)
  try {
    return await open(options, stack)
  } catch (error) {
    await stack.close()
    throw error
  }
}

async function open(options: ServeOptions, stack: ClosingStack): Promise<Serving> {
  const { settings, logger } = options
  const live = followConfig(options)
  stack.opened('the followed files', 100, () => live.stop())
  const parts = partsOf(await openEngine({ ...options, stack }), live, options)
  const opsPort = settings.endpoint ? await openOps(parts, options, stack) : undefined
  let started = false
  const healthPort = await openHealth(parts, () => started, options, stack)
  started = true
  const draining = new AbortController()
  const { engine, readiness } = parts
  const boot = settings.migrateOnBoot
    ? bootRun({ engine, logger, signal: draining.signal })
    : Promise.resolve()
  return Object.freeze({
    opsPort,
    healthPort,
    boot,
    close: async () => {
      draining.abort()
      readiness.drain()
      const grace = settings.shutdownGraceMs
      const inTime = await within(grace + rollBackMs, engine.drain(grace))
      if (!inTime) logger.warn(`the run under way did not end within ${grace + rollBackMs} ms and is cut off`)
      await stack.close()
    },
    abandon: () => engine.drain(0),
  })
}

function partsOf(bare: Engine, live: LiveConfig, { alerts }: ServeOptions): Parts {
  return { live, ...observeEngine(bare, { alerts, secrets: live.secrets }) }
}

async function openOps(
  parts: Parts,
  { settings, logger }: ServeOptions,
  stack: ClosingStack,
): Promise<number> {
  const { server, release } = createOpsServer({ ...parts, settings, logger })
  const port = await listen(server, settings.ops, { port: 'PORT', host: 'HOST' })
  stack.opened('the ops listener', answerMs + 1_000, async () => {
    release()
    await closeServer(server, answerMs)
  })
  logger.info(`ops port: ${port} on ${settings.ops.host}`, {
    port,
    host: settings.ops.host,
    tls: Boolean(settings.tls),
  })
  return port
}

async function openHealth(
  { readiness, metrics }: Parts,
  started: () => boolean,
  { settings, logger }: ServeOptions,
  stack: ClosingStack,
): Promise<number> {
  const server = createServer(healthApp({ readiness, metrics, started }))
  const port = await listen(server, settings.health, { port: 'HEALTH_PORT', host: 'HEALTH_HOST' })
  stack.opened('the health listener', answerMs, () => closeServer(server, answerMs / 2))
  logger.info(`health port: ${port} on ${settings.health.host}`, { port, host: settings.health.host })
  return port
}

import type { EnvironmentVariables } from '../../config/environment.js'
import type { Issue } from '../../config/issue.js'
import type { LoadedConfig } from '../../config/load.js'
import type { Settings } from '../../config/settings.js'
import { observeEngine, type ObservedEngine } from '../health/observed-engine.js'
import type { HealthOptions } from '../health/probes.js'
import type { Alerts } from '../observe/alerts.js'
import type { Logger } from '../observe/logger.js'
import { anticipating } from './anticipation.js'
import { configurationFrom } from './check-facts.js'
import { bootRun } from './boot-run.js'
import { createCallsUnderWay } from './calls-under-way.js'
import { createClosingStack, within, type ClosingStack } from './closing.js'
import { createHealthServer } from './health-port.js'
import { closeServer, listen } from './listener.js'
import { followConfig, type LiveConfig } from './live-config.js'
import { createEarlyHealth } from './early-health.js'
import { createReloads, type Reloads } from './reloads.js'
import { refuseSharedPasswords } from './shared-passwords.js'

export interface ServeOptions {
  readonly settings: Settings
  /** What was found when they were read. */
  readonly issues: readonly Issue[]
  readonly logger: Logger
  readonly alerts: Alerts
  readonly env: EnvironmentVariables
  readonly cwd: string
  /** Reads the configuration again when a file behind it has changed. */
  readonly load: () => LoadedConfig
  /** Told secret values that were learnt later, for redaction. */
  readonly learn: (values: readonly string[]) => void
  /** Takes the known secret values out of a text. */
  readonly redact: (text: string) => string
  /** Aborted once the process is told to end, maybe while it is still being opened: then no boot run begins. */
  readonly ending: AbortSignal
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
/** What calls get that only come back when the engine is closed, in milliseconds. */
const lastWordsMs = 2_000

interface Parts extends ObservedEngine {
  readonly live: LiveConfig
  readonly reloads: Reloads
  readonly checklist: () => Promise<unknown>
}

/**
 * Opens health port, database, engine and ops port in this order, then migrates in the background. The health port first:
 * that the process lives can be said before everything else is loaded.
 */
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
  const { settings, logger, ending } = options
  const reloads = createReloads(options.alerts)
  const live = followConfig({ ...options, reloaded: reloads.tell })
  stack.opened('the followed files', 100, () => live.stop())
  const health = createEarlyHealth()
  const healthPort = await openHealth(health.options, options, stack)
  const parts = await openParts(options, stack, { live, reloads })
  reloads.count(parts.metrics)
  health.observe(parts)
  const opsPort = settings.endpoint ? await openOps(parts, options, stack) : undefined
  health.start()
  const draining = new AbortController()
  const { engine, readiness } = parts
  const boot =
    settings.migrateOnBoot && !ending.aborted
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

async function openParts(
  options: ServeOptions,
  stack: ClosingStack,
  { live, reloads }: Pick<Parts, 'live' | 'reloads'>,
): Promise<Parts> {
  const { alerts, logger } = options
  const passwords: string[] = []
  const learn = (values: readonly string[]): void => {
    options.learn(values)
    passwords.push(...values)
  }
  const opened = refuseSharedPasswords(live, options)
  const { openEngine } = await import('./open-engine.js')
  const calls = createCallsUnderWay()
  stack.opened('the calls under way', lastWordsMs, calls.settled)
  const bare = await openEngine({ ...options, learn, stack, opened })
  const { endpoint, budgetMs } = options.settings
  const watched = anticipating(calls.watching(bare), logger)
  const observed = observeEngine(watched, { alerts, logger, endpoint, budgetMs, secrets: live.secrets })
  const checklist = checklistOf(options, { live, reloads, ...observed }, passwords)
  return { live, reloads, checklist, ...observed }
}

/** What is in use, and what a restart would find. */
function checklistOf(
  { settings, env, cwd, load, redact }: ServeOptions,
  { engine, live, reloads }: Omit<Parts, 'checklist'>,
  passwords: readonly string[],
): Parts['checklist'] {
  const configuration = () =>
    configurationFrom({ env, cwd, loaded: load(), passwords, inUse: live, refusedReloads: reloads.refused() })
  return async () => {
    const { createChecklist } = await import('../check/look.js')
    return createChecklist({ configuration, engine, drift: settings.drift, redact })()
  }
}

async function openOps(parts: Parts, options: ServeOptions, stack: ClosingStack): Promise<number> {
  const { settings, logger } = options
  const { createOpsServer } = await import('./ops.js')
  const { server, release } = await createOpsServer({ ...parts, ...options, reloaded: parts.reloads.tell })
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
  health: HealthOptions,
  { settings, logger }: ServeOptions,
  stack: ClosingStack,
): Promise<number> {
  const server = createHealthServer({ ...health, logger })
  const port = await listen(server, settings.health, { port: 'HEALTH_PORT', host: 'HEALTH_HOST' })
  stack.opened('the health listener', answerMs, () => closeServer(server, answerMs / 2))
  logger.info(`health port: ${port} on ${settings.health.host}`, { port, host: settings.health.host })
  return port
}

import { randomBytes } from 'node:crypto'
import { loadConfig } from '../../config/load.js'
import { createChecklist } from '../../src/check/look.js'
import type { Checklist } from '../../src/check/checklist.js'
import type { Engine } from '../../src/runs/engine.js'
import { configurationFrom, type CheckFactsOptions } from '../../src/server/check-facts.js'
import { failed } from '../door/recording-engine.js'

export const secret = randomBytes(32).toString('hex')
export const other = randomBytes(32).toString('hex')

type Variables = Readonly<Record<string, string>>

/** An environment in which nothing is amiss. */
export const good: Variables = Object.freeze({
  NODE_ENV: 'production',
  DATABASE_URL: 'postgres://app@127.0.0.1:1/app',
  MIGRATION_SECRET: secret,
  NEXTAUTH_SECRET: other,
  MIGRATION_ALLOWED_IPS: '10.8.0.0/16, 203.0.113.7',
  TRUSTED_PROXIES: '10.0.3.0/24',
  SENTRY_DSN: 'http://key@127.0.0.1:1/1',
  RELEASE: '1.4.0',
})

/** A checklist, and its items by id: `[status, detail and remedy]`. */
export interface Looked {
  readonly checklist: Checklist
  readonly item: (id: string) => readonly [status: string | undefined, text: string]
}

export type Asked = Pick<Engine, 'inspect' | 'status'>

/** A database that is away: what the environment says is judged all the same. */
export const nowhere: Asked = Object.freeze({
  inspect: async () => failed('database_unavailable'),
  status: async () => failed('database_unavailable'),
})

/** Goes through the checklist of this environment, as the command does; nothing but the engine is asked. */
export async function lookAt(
  env: Variables,
  engine: Asked = nowhere,
  facts: Partial<CheckFactsOptions> = {},
): Promise<Looked> {
  const cwd = __dirname
  const all = { ...good, ...env }
  const loaded = loadConfig(all, { cwd })
  const configuration = () => configurationFrom({ env: all, cwd, loaded, passwords: [], ...facts })
  const { drift } = loaded.settings
  const checklist = await createChecklist({ configuration, engine, drift, redact: (text) => text })()
  return { checklist, item: (id) => itemOf(checklist, id) }
}

/** An item as its status, and its detail together with its remedy. */
export function itemOf({ items }: Checklist, id: string): ReturnType<Looked['item']> {
  const found = items.find((one) => one.id === id)
  return [found?.status, `${found?.detail ?? ''} → ${found?.remedy ?? ''}`]
}

export const says = (text: string): unknown => expect.stringContaining(text)

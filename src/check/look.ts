import { newestTriedVersion, oldestSupportedVersion } from '../postgres/server.js'
import type { Engine } from '../runs/engine.js'
import { judge, type Checklist } from './checklist.js'
import type { Configuration } from './configuration.js'
import type { CheckItem } from './item.js'

export interface LookOptions {
  /** As it is now; asked anew for each look. */
  readonly configuration: () => Configuration
  readonly engine: Pick<Engine, 'inspect' | 'status'>
  readonly drift: 'warn' | 'refuse'
  /** Takes the known secret values out of a text: a server's message, or a name, may hold one. */
  readonly redact: (text: string) => string
}

/**
 * The production checklist, gathered anew for each call; who comes while it is gathered gets the same. Reads only:
 * nothing is written, created or locked. Never rejects for a database that is away.
 */
export function createChecklist(options: LookOptions): () => Promise<Checklist> {
  let underWay: Promise<Checklist> | undefined
  return () => {
    underWay ??= look(options).finally(() => {
      underWay = undefined
    })
    return underWay
  }
}

async function look({ configuration, engine, drift, redact }: LookOptions): Promise<Checklist> {
  const database = await engine.inspect()
  // A database that could not be reached is not waited for twice.
  const status = 'code' in database ? database : await engine.status()
  const versions = { oldest: oldestSupportedVersion, newest: newestTriedVersion }
  const facts = { configuration: configuration(), database, status, drift, versions, now: new Date() }
  const checklist = judge(facts)
  return Object.freeze({ ...checklist, items: checklist.items.map((item) => clean(item, redact)) })
}

function clean(item: CheckItem, redact: (text: string) => string): CheckItem {
  const { detail, remedy } = item
  return Object.freeze({ ...item, detail: redact(detail), remedy: remedy === null ? null : redact(remedy) })
}

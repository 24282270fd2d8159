import { ask } from '../ask.js'
import { look, sessions } from '../invariants/sight.js'
import { until } from '../patience.js'
import { told, type Answer } from '../targets/target.js'
import type { Arena } from './arena.js'

/** How it came to an end after the last kill. */
export interface Settled {
  readonly end: 'itself' | 'asked' | 'person'
  readonly violations: readonly string[]
  readonly questions: number
  /** Of the first call: how many messages passed, and for how long. */
  readonly messages: number
  readonly spanMs: number
}

/**
 * What an operator does afterwards: calls again, and answers each question after a look into the database.
 * Nothing else is done for the program; a call that neither succeeds nor asks ends it.
 */
export async function settle(arena: Arena): Promise<Settled> {
  const violations: string[] = []
  await routeOpen(arena)
  const first = await arena.call()
  const ended = (end: Settled['end'], questions: number, why?: string): Settled =>
    Object.freeze({
      end,
      violations: why === undefined ? violations : [...violations, why],
      questions,
      messages: first.tap.count(),
      spanMs: first.tap.span(),
    })
  const bound = arena.set.migrations.length + 1
  for (let questions = 0; questions <= bound; questions += 1) {
    const answer = await (questions === 0 ? first : await arena.call()).answer()
    if (answer.verdict === 'done') return ended(questions === 0 ? 'itself' : 'asked', questions)
    if (answer.verdict !== 'asked') return ended('person', questions, `next call: ${told(answer)}`)
    violations.push(...(await wrongQuestion(arena, answer)))
    const refused = await reply(arena, answer.names)
    if (refused !== undefined) return ended('person', questions, refused)
  }
  return ended('person', bound, 'asked without end')
}

/** PgBouncer turns callers away for `server_login_retry` after PostgreSQL was down: that long, the database is not there. */
function routeOpen({ pgbouncer, database, direct }: Arena): Promise<boolean> {
  return until('the database lets callers in', 30_000, () =>
    ask(pgbouncer?.url(database) ?? direct, 'select 1').then(
      () => true,
      () => undefined,
    ),
  )
}

/** Answers about each name. Says what went wrong, where an answer was not taken. */
async function reply(arena: Arena, names: readonly string[]): Promise<string | undefined> {
  if (names.length === 0) return 'asked about nothing'
  for (const name of names) {
    const taken = await resolve(arena, name)
    if (taken.verdict !== 'done' && taken.verdict !== 'asked') return `answer to the question: ${told(taken)}`
  }
  return undefined
}

/** Only a migration that declares nothing may be asked about, and not while it is still being worked on. */
async function wrongQuestion(arena: Arena, answer: Answer): Promise<string[]> {
  const working = await sessions(arena.direct)
  return answer.names.flatMap((name) => {
    const migration = arena.set.migrations.find((one) => one.name === name)
    if (migration?.manner !== 'once') return [`asked about what can be known: ${name}`]
    const still = working.filter(
      ({ state, query }) => state === 'active' && query.includes(`${migration.index}`),
    )
    return still.map(({ query }) => `asked about ${name} while it was being worked on: ${query}`)
  })
}

/** Looks what is really there, clears away what is half done, and says it. */
async function resolve(arena: Arena, name: string): Promise<Answer> {
  const index = arena.set.migrations.find((one) => one.name === name)?.index
  if (index) await workEnded(arena, index)
  const sight = await look(arena.direct)
  const built = index !== undefined && !sight.invalidIndexes.includes(index)
  const applied = built && (sight.ledger.get(name) ?? 0) > 0
  if (!applied && index) {
    await ask(arena.direct, `drop index if exists ${index}`)
  }
  const call = await arena.call({ resolve: { name, as: applied ? 'applied' : 'pending' } })
  return call.answer()
}

function workEnded(arena: Arena, index: string): Promise<boolean> {
  return until(`nobody works on ${index}`, 30_000, async () => {
    const working = await sessions(arena.direct)
    return working.some(({ state, query }) => state === 'active' && query.includes(index)) ? undefined : true
  })
}

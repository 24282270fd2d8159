import type { Client } from 'pg'
import type { Engine } from '../../src/runs/engine.js'
import { authorised, startRig, type Reply, type Rig } from '../hostile/rig.js'
import { advisoryLocks, custom } from '../runs/sources.js'
import { openWorkshop, type EngineSettings, type Workshop } from '../runs/workshop.js'
import { eventually } from '../support/processes.js'

/** Doors of several replicas over one database, and a gate at which migrations wait. */
export interface Replicas extends Pick<Workshop, 'write' | 'database' | 'session'> {
  /** A door with an engine of its own. */
  open(settings?: EngineSettings): Promise<Replica>
  /** Resolves once a migration waits at the gate of this number. */
  arrived(gate?: number): Promise<void>
  /** Lets it go on. */
  letThrough(gate?: number): Promise<void>
}

export interface Replica {
  readonly port: number
  readonly rig: Rig
  /** `POST`, which answers once the run's record is there. Its id. */
  begin(): Promise<string>
  send(line: string, head?: string): Promise<Reply & { readonly json: Record<string, unknown> }>
}

const gates = [5, 6, 7] as const

/** A migration that goes on once its gate is opened. */
export const gated = (gate = 5, then = '', config?: object): string =>
  custom(`await knex.raw('select pg_advisory_lock_shared(${gate})'); ${then}`, config)

/** For the test at hand; everything is closed after it. */
export function replicasForEach(): () => Replicas {
  let workshop: Workshop
  let keeper: Client
  let rigs: Rig[] = []
  let engines: Engine[] = []
  beforeEach(async () => {
    workshop = await openWorkshop()
    keeper = await workshop.session('gate')
    for (const gate of gates) await keeper.query('select pg_advisory_lock($1)', [gate])
  })
  afterEach(async () => {
    for (const rig of rigs) await rig.close()
    await keeper.query('select pg_advisory_unlock_all()')
    // What a test left running ends before its connections do.
    for (const engine of engines) await engine.drain(5_000)
    rigs = []
    engines = []
    await workshop.close()
  })
  return () => ({
    write: workshop.write,
    database: workshop.database,
    session: workshop.session,
    open: async (settings = {}) => {
      const engine = workshop.engine({ lockTimeoutMs: 0, ...settings })
      const rig = await startRig({ engine })
      engines.push(engine)
      rigs.push(rig)
      return replicaOver(rig)
    },
    arrived: (gate = 5) =>
      eventually(async () => {
        const waiting = `${advisoryLocks} and objid = ${gate} and not granted`
        return (await workshop.database.query(waiting)).length > 0
      }),
    letThrough: async (gate = 5) => {
      await keeper.query('select pg_advisory_unlock($1)', [gate])
    },
  })
}

function replicaOver(rig: Rig): Replica {
  const send = async (line: string, head = '') => {
    const reply = await rig.send(authorised(line, head), { timeoutMs: 20_000 })
    return { ...reply, json: (reply.body === '' ? {} : JSON.parse(reply.body)) as Record<string, unknown> }
  }
  return {
    port: rig.port,
    rig,
    send,
    begin: async () => {
      const { status, json } = await send(
        'POST /api/migrate',
        'Prefer: respond-async\r\nContent-Length: 0\r\n',
      )
      if (status !== 202) throw new Error(`the run did not begin: ${JSON.stringify(json)}`)
      return String(json['runId'])
    },
  }
}

import { z } from 'zod'
import { orderBody } from '../door/options.js'
import { reasons } from '../health/readiness.js'
import { bodies, checklist, events } from './bodies.js'
import { parts, problem, runFailure } from './shapes.js'

/** A JSON Schema, 2020-12, as OpenAPI 3.1 takes it. */
export type Schema = Readonly<Record<string, unknown>>

/** Every shape that travels, under its name in the document. */
export function shapes() {
  const known = parts()
  const failure = runFailure(known)
  const { completed, planned, running, run, state, runs } = bodies(known, failure)
  const { runEvent, migrationEvent, waitingEvent } = events(known)
  return {
    AppliedMigration: known.applied,
    Blocker: known.blocker,
    DriftFinding: known.finding,
    OptionError: known.optionError,
    Actor: known.actor,
    Order: orderBody,
    Completed: completed,
    Planned: planned,
    Running: running,
    RunFailure: failure,
    Run: run,
    Runs: runs,
    State: state,
    Problem: problem(known),
    Checklist: checklist(),
    RunEvent: runEvent,
    MigrationEvent: migrationEvent,
    WaitingEvent: waitingEvent,
    Probe: z.strictObject({
      status: z.enum(['ok', 'unavailable']),
      reasons: z.array(z.enum(reasons)).meta({ description: 'Fixed words; empty when ok.' }),
    }),
  }
}

export type ShapeName = keyof ReturnType<typeof shapes>

/** A reference to a shape. */
export function shape(name: ShapeName): Schema {
  return { $ref: `#/components/schemas/${name}` }
}

/** The shapes as `components.schemas`. */
export function componentSchemas(): Readonly<Record<string, Schema>> {
  const registry = z.registry<{ id: string }>()
  for (const [id, each] of Object.entries(shapes())) registry.add(each, { id })
  const { schemas } = z.toJSONSchema(registry, {
    uri: (id) => `#/components/schemas/${id}`,
    target: 'draft-2020-12',
    io: 'input',
    override: ({ jsonSchema }) => {
      // zod's bounds of what JavaScript can count; they say nothing of ours.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
    },
  })
  return Object.fromEntries(
    Object.entries(schemas).map(([name, { $schema: _dialect, $id: _id, ...schema }]) => [name, schema]),
  )
}

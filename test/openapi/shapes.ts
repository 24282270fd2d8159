// Checked by the compiler alone (`npm run types`): the shapes that the description shows are the types that the code answers with.
import type { z } from 'zod'
import type { SuccessBody } from '../../src/door/answer.js'
import type { Checklist } from '../../src/check/checklist.js'
import type { Reason } from '../../src/health/readiness.js'
import type { shapes } from '../../src/openapi/schemas.js'
import type { OptionError, ProblemDocument } from '../../src/problems/document.js'
import type { Actor as Recorded } from '../../src/runs/actor.js'
import type { Order, RunEvent, RunView, Status } from '../../src/runs/engine.js'
import type { AppliedMigration, Blocker, DriftFinding } from '../../src/runs/outcome.js'

type Shapes = ReturnType<typeof shapes>
type Described = { readonly [Name in keyof Shapes]: z.infer<Shapes[Name]> }

interface Absent {
  readonly mayBeAbsent: true
}
type Optional<T, Name extends keyof T> = Partial<Pick<T, Name>> extends Pick<T, Name> ? Absent : never
/**
 * What is seen of a type on the wire: not whether a member may be changed. That one may be absent is said by its type, since
 * two types that can be assigned to each other may differ in such members.
 */
type Plain<T> = T extends readonly (infer Each)[]
  ? readonly Plain<Each>[]
  : T extends object
    ? { readonly [Name in keyof T]-?: Plain<T[Name]> | Optional<T, Name> }
    : T
type Within<A, B> = [Plain<A>] extends [Plain<B>] ? true : false
type Same<A, B> = [Within<A, B>, Within<B, A>] extends [true, true] ? true : false

/** With the trace that the caller's `traceparent` names. */
type Actor = Recorded & { readonly traceId?: string }
type Run = Omit<RunView, 'actor'> & { readonly actor: Actor }

/** A success says in its message which one it is. */
type Success<Status extends SuccessBody['status'], Message extends string> = Omit<
  Extract<SuccessBody, { status: Status }>,
  'message'
> & { readonly message: `Migrations ${Message}` }

interface Answered {
  readonly AppliedMigration: AppliedMigration
  readonly Blocker: Blocker
  readonly DriftFinding: DriftFinding
  readonly OptionError: OptionError
  readonly Actor: Actor
  readonly Order: Order
  readonly Completed: Success<'applied' | 'up_to_date', 'applied'>
  readonly Planned: Success<'planned', 'planned'>
  readonly Running: Success<'running', 'running'>
  readonly RunFailure: NonNullable<RunView['failure']>
  readonly Run: Run
  readonly Runs: { readonly runs: readonly Run[] }
  readonly State: Omit<Status, 'run'> & {
    readonly run: Run | null
    readonly secret: { readonly dedicated: boolean; readonly rotating: boolean }
    readonly release: string
  }
  readonly Problem: ProblemDocument
  readonly Checklist: Checklist
  readonly RunEvent: Extract<RunEvent, { type: 'run' }>
  readonly MigrationEvent: Extract<RunEvent, { type: 'migration' }>
  readonly WaitingEvent: Extract<RunEvent, { type: 'waiting' }>
  readonly Probe: { readonly status: 'ok' | 'unavailable'; readonly reasons: readonly Reason[] }
}

/** The names of the shapes that differ. */
type Different = {
  [Name in keyof Described | keyof Answered]: Name extends keyof Described & keyof Answered
    ? Same<Described[Name], Answered[Name]> extends true
      ? never
      : Name
    : Name
}[keyof Described | keyof Answered]

type Claim<Holds extends true> = Holds

export type Claims = [
  Claim<[Different] extends [never] ? true : Different>,
  Claim<Same<{ a: string; b?: string }, { readonly a: string } & { readonly b?: string }>>,
  // @ts-expect-error -- a member that the description does not know is found, though it may be absent
  Claim<Same<{ a: string }, { a: string; b?: string }>>,
  // @ts-expect-error -- and so is one deeper down
  Claim<Same<{ a: readonly { b: string }[] }, { a: readonly { b: string | null }[] }>>,
]

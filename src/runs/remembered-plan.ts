import type { MigrationsSource } from '../project/source.js'
import { makePlan, type Plan, type PlanInput } from './plan.js'

interface Remembered {
  readonly of: PlanInput
  readonly plan: Plan
}

const last = new WeakMap<MigrationsSource, Remembered>()

/** The plan that was made last, where all that it was made of are the very same objects. */
export function rememberedPlan(source: MigrationsSource, input: PlanInput): Plan | undefined {
  const remembered = last.get(source)
  return remembered && isSame(remembered.of, input) ? remembered.plan : undefined
}

/** `makePlan`, unless it was remembered; it is from now on. */
export function planOf(source: MigrationsSource, input: PlanInput): Plan {
  const remembered = rememberedPlan(source, input)
  if (remembered) return remembered
  const plan = makePlan(input)
  last.set(source, { of: input, plan })
  return plan
}

function isSame(one: PlanInput, other: PlanInput): boolean {
  return (
    one.files === other.files &&
    one.checksums === other.checksums &&
    one.mayMissFiles === other.mayMissFiles &&
    one.state.history === other.state.history &&
    one.state.records === other.state.records &&
    one.state.present.bookkeeping === other.state.present.bookkeeping
  )
}

import { resolve } from 'node:path'

import { knexTarget } from './knex.js'
import { sallyportTarget } from './sallyport.js'
import type { Target } from './target.js'

/** What is tortured, as it was chosen on the command line. */
export interface TargetChoice {
  readonly target: 'sallyport' | 'knex'
  /** Another build of Sallyport's command line than the one in `dist/`. */
  readonly program?: string | undefined
}

/** The target of a choice. */
export const targetOf = ({ target, program }: TargetChoice): Target =>
  target === 'knex' ? knexTarget : sallyportTarget(program === undefined ? undefined : resolve(program))

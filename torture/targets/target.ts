import type { Command, Ended } from '../machine/child.js'

/** One call of the program under test. */
export interface Call {
  readonly url: string
  /** Holds `migrations/`; also the working directory. */
  readonly home: string
  /** Which call it is; the migrations write it beside what they do. */
  readonly caller: string
  /** Milliseconds the call may wait and retry. */
  readonly budgetMs: number
  readonly resolve?: { readonly name: string; readonly as: 'applied' | 'pending' } | undefined
}

/** What a call said of itself when it ended. */
export interface Answer {
  /** `asked`: it wants to be told what only a person can know, about `names`. */
  readonly verdict: 'done' | 'asked' | 'failed' | 'killed'
  readonly code: string
  readonly names: readonly string[]
  readonly detail: string
  /** Process ids of the sessions that it says block it. */
  readonly blockers: readonly number[]
  readonly exit: number | null
  readonly ms: number
}

/** A migrator that the rig can start and understand. */
export interface Target {
  readonly name: 'sallyport' | 'knex'
  command(call: Call): Command
  read(ended: Ended): Answer
  /** Answers that a call may give after the database or its own session was killed under it. */
  excusable(answer: Answer): boolean
}

/** An answer in one line. */
export const told = ({ code, detail }: Answer): string =>
  `${code} (${detail.replaceAll(/\s+/g, ' ').slice(0, 400)})`

/** The environment that every target starts with: nothing of the caller's but the path. */
export const bareEnvironment = (call: Call): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  TZ: 'UTC',
  TORTURE_CALLER: call.caller,
})

import { keyArguments, lockKey } from './lock-key.js'
import { literal } from './identifiers.js'
import type { Scope } from './scope.js'
import type { Query } from './session.js'

/**
 * Creates the bookkeeping tables where they are missing. Called in a transaction by the holder of the run lock; two
 * migrations tables in one database have two run locks, so a lock of its own guards the creation.
 * Tables change additively: a later version adds columns with defaults, and both versions go on working.
 */
export async function createBookkeeping(query: Query, scope: Scope): Promise<void> {
  const b = scope.bookkeeping
  await query(
    `SELECT pg_advisory_xact_lock(${keyArguments(lockKey('bookkeeping', scope.bookkeepingSchema))})`,
  )
  // IF NOT EXISTS would ask for the right to create a schema that is there already.
  const [found] = await query<{ present: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = ${literal(scope.bookkeepingSchema)}) AS present`,
  )
  if (found?.present !== true) await query(`CREATE SCHEMA ${b}`)
  // In one message: nobody waits for an answer to each.
  await query(definitions.map((definition) => definition(b)).join(';\n'))
}

type Definition = (schema: string) => string

/** One row a run, written before anything is applied; every replica reads it. */
const runs: Definition = (b) => `CREATE TABLE IF NOT EXISTS ${b}.runs (
      id uuid PRIMARY KEY,
      scope text NOT NULL,
      status text NOT NULL CHECK (status IN ('running', 'applied', 'failed', 'cancelled', 'interrupted')),
      release text NOT NULL,
      actor jsonb NOT NULL,
      plan jsonb NOT NULL,
      applied jsonb NOT NULL DEFAULT '[]',
      progress jsonb,
      failure jsonb,
      batch integer,
      lock_pid integer NOT NULL,
      knex_lock_xmin text,
      cancel_requested jsonb,
      journal_seq bigint,
      started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      ended_at timestamptz
    )`

const runsByStart: Definition = (b) =>
  `CREATE INDEX IF NOT EXISTS runs_by_start ON ${b}.runs (scope, started_at DESC)`

/** What is known of each applied migration beside knex’s own row. */
const migrations: Definition = (b) => `CREATE TABLE IF NOT EXISTS ${b}.migrations (
      scope text NOT NULL,
      name text NOT NULL,
      recorded_as text NOT NULL,
      checksum text,
      kind text NOT NULL,
      origin text NOT NULL CHECK (origin IN ('run', 'outside', 'resolved')),
      run_id uuid,
      duration_ms integer,
      accepted jsonb,
      applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      PRIMARY KEY (scope, name)
    )`

/** Intent and outcome of migrations outside any transaction. */
const steps: Definition = (b) => `CREATE TABLE IF NOT EXISTS ${b}.steps (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      scope text NOT NULL,
      run_id uuid NOT NULL,
      name text NOT NULL,
      checksum text NOT NULL,
      repeatable boolean NOT NULL,
      invalid_before oid[] NOT NULL DEFAULT '{}',
      state text NOT NULL CHECK (state IN ('started', 'applied', 'failed', 'resolved', 'repeated')),
      reason text,
      actor jsonb,
      started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      ended_at timestamptz
    )`

const openSteps: Definition = (b) =>
  `CREATE INDEX IF NOT EXISTS steps_open ON ${b}.steps (scope, name) WHERE state IN ('started', 'failed')`

const definitions: readonly Definition[] = [runs, runsByStart, migrations, steps, openSteps]

import { present, unless } from './block.js'
import { keyArguments, lockKey } from './lock-key.js'
import { literal } from './identifiers.js'
import type { Scope } from './scope.js'

/**
 * Creates the bookkeeping tables where they are missing, as statements of a block. Under the run lock; two migrations
 * tables in one database have two run locks, so a lock of its own guards the creation.
 * Tables change additively: a later version adds columns with defaults, and both versions go on working.
 */
export function createBookkeeping({ bookkeeping: b, bookkeepingSchema: schema }: Scope): readonly string[] {
  return [
    `PERFORM pg_advisory_xact_lock(${keyArguments(lockKey('bookkeeping', schema))})`,
    unless(present(`${b}.steps`), [
      // IF NOT EXISTS would ask for the right to create a schema that is there already.
      unless(`EXISTS (SELECT FROM pg_namespace WHERE nspname = ${literal(schema)})`, [`CREATE SCHEMA ${b}`]),
      ...definitions.map((definition) => definition(b)),
    ]),
  ]
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

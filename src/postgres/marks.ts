import { literal } from './identifiers.js'

/**
 * The comment that leads every statement of a run. Behind a transaction pooler pids and application names are shared,
 * so that only the statement's own text tells, in pg_stat_activity.query, whose it is while it is active.
 */
export function markOf(runId: string): string {
  return `/* sallyport run ${runId} */ `
}

/** A condition on `pg_stat_activity a`: an active backend that executes a statement of this run. */
export function markedCondition(runId: string): string {
  return `a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.state = 'active'
    AND starts_with(a.query, ${literal(markOf(runId).trim())})`
}

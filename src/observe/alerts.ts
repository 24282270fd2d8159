/** One event for whoever is on call. Holds no secret. */
export interface Alert {
  readonly level: 'fatal' | 'error' | 'warning'
  /** Groups events of one kind, such as `misconfigured` or `migration_failed`. */
  readonly code: string
  /** What happened, for a person. */
  readonly message: string
  /** The trace of the request that led to it: 32 lower-case hexadecimal digits. */
  readonly traceId?: string
  readonly tags?: Readonly<Record<string, string>>
}

/** What a monitor of runs is told: that one began, and how it ended. Each that began is ended, by a successor if need be. */
export interface CheckIn {
  readonly runId: string
  readonly status: 'in_progress' | 'ok' | 'error'
  /** Milliseconds; not while it is in progress. */
  readonly durationMs?: number
  /** The newest record of the journal as `seq:hash`, once it has ended: an anchor that lies outside the database. */
  readonly journalHead?: string | undefined
}

/** The port through which alerts leave; Sentry stands behind it where a DSN is set. Never throws, never rejects. */
export interface Alerts {
  send(alert: Alert): void
  /** Optional: whoever brings alerts of their own need not watch runs. */
  checkIn?(checkIn: CheckIn): void
  /** Resolves once everything was delivered or `timeoutMs` passed; whether it was delivered. */
  flush(timeoutMs: number): Promise<boolean>
}

/** No DSN: alerts go nowhere. */
export const noAlerts: Required<Alerts> = Object.freeze({
  send() {},
  checkIn() {},
  flush: () => Promise.resolve(true),
})

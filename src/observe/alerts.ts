/** One event for whoever is on call. Holds no secret. */
export interface Alert {
  readonly level: 'fatal' | 'error' | 'warning'
  /** Groups events of one kind, such as `misconfigured` or `migration_failed`. */
  readonly code: string
  /** What happened, for a person. */
  readonly message: string
  readonly tags?: Readonly<Record<string, string>>
}

/** The port through which alerts leave; Sentry stands behind it where a DSN is set. Never throws, never rejects. */
export interface Alerts {
  send(alert: Alert): void
  /** Resolves once everything was delivered or `timeoutMs` passed; whether it was delivered. */
  flush(timeoutMs: number): Promise<boolean>
}

/** No DSN: alerts go nowhere. */
export const noAlerts: Alerts = Object.freeze({ send() {}, flush: () => Promise.resolve(true) })

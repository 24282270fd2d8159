/** One problem found at start-up. No member ever holds a secret or part of one. */
export interface Issue {
  /** Stable, for machines: `secret_missing`, `secret_not_distinct`, `setting_malformed`, … */
  readonly code: string
  /** `fatal` ends the process with 78; `error` and `warning` are logged and the process starts. */
  readonly severity: 'fatal' | 'error' | 'warning' | 'info'
  /** The variable concerned, where there is one. */
  readonly variable?: string
  /** What is wrong, and where. */
  readonly message: string
  /** What to do now. */
  readonly remedy: string
}

/** One problem found at start-up. No member ever holds a secret or part of one. */
export interface Issue {
  /** Stable, for machines: `secret_missing`, `secret_not_distinct`, `setting_malformed`, … */
  readonly code: IssueCode
  /** `fatal` ends the process with 78; `error` and `warning` are logged and the process starts. */
  readonly severity: 'fatal' | 'error' | 'warning' | 'info'
  /** The variable concerned, where there is one. */
  readonly variable?: string
  /** What is wrong, and where. */
  readonly message: string
  /** What to do now. */
  readonly remedy: string
}

/** Every kind of problem that a start can have. */
export type IssueCode =
  | 'secret_missing'
  | 'secret_not_distinct'
  | 'secret_unsendable'
  | 'secret_ambiguous'
  | 'secret_unreadable'
  | 'secret_weak'
  | 'other_secret_absent'
  | 'setting_malformed'
  | 'setting_ambiguous'
  | 'setting_unreadable'
  | 'setting_missing'
  | 'setting_unknown'
  | 'allowlist_empty'
  | 'environment_assumed'
  | 'environment_suspicious'

/** Freezes an issue, so that nobody softens it on its way to the log. */
export function issue(members: Issue): Issue {
  return Object.freeze(members)
}

/** The codes of what was warned of, each with its variable, such as `secret_weak MIGRATION_SECRET`, for the journal. */
export function warningCodes(issues: readonly Issue[]): readonly string[] {
  return issues
    .filter(({ severity }) => severity !== 'info')
    .map(({ code, variable }) => (variable === undefined ? code : `${code} ${variable}`))
}

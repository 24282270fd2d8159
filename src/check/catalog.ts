/** What a row of the checklist is about. */
export interface CheckKind {
  /** What is true when it passes. */
  readonly title: string
  /** Controls of ISO/IEC 27001:2022, Annex A, to which it is evidence. */
  readonly controls: string
}

/** Every item, in the order in which it is told. The ids are stable; docs/check.md is held to this table by a test. */
export const checkKinds = Object.freeze({
  secret_set: { title: 'A dedicated migration secret is set', controls: 'A.5.17, A.8.5' },
  secret_distinct: { title: 'The secret is no other credential', controls: 'A.5.17, A.8.5' },
  secret_strong: { title: 'The secret is strong', controls: 'A.5.17, A.8.5' },
  secret_rotation: { title: 'No old secret is accepted for longer than 7 days', controls: 'A.5.17' },
  secret_files: { title: 'The secret files are in use as they are', controls: 'A.5.17, A.8.9' },
  no_fallback: { title: 'Only the migration secret authorises', controls: 'A.8.2, A.8.5' },
  separation_enforced: { title: 'A start with a misconfigured secret is refused', controls: 'A.8.5, A.8.9' },
  endpoint: { title: 'The endpoint is off, or restricted by network', controls: 'A.8.3, A.8.20' },
  allowlist: { title: 'The allowlist is neither empty nor too wide', controls: 'A.8.3, A.8.20' },
  allowlist_file: { title: 'The allowlist file is in use as it is', controls: 'A.8.9, A.8.20' },
  tls: { title: 'The token travels encrypted', controls: 'A.8.20, A.8.24' },
  database_reachable: { title: 'The database can be reached and written', controls: 'A.8.14' },
  database_version: { title: 'The server version is supported', controls: 'A.8.8' },
  database_role: { title: 'The role has the rights that it needs, and no more', controls: 'A.8.2, A.8.3' },
  database_pooler: { title: 'Runs have a direct connection', controls: 'A.8.32' },
  database_timeouts: { title: 'No timeout of role or database cuts a run', controls: 'A.8.9, A.8.32' },
  journal_intact: { title: 'The journal is intact', controls: 'A.8.15' },
  journal_protected: { title: 'The migrating role does not own the journal', controls: 'A.8.2, A.8.15' },
  knex_lock: { title: 'The lock row of knex is free', controls: 'A.8.32' },
  invalid_indexes: { title: 'No index is INVALID', controls: 'A.8.32' },
  drift: { title: 'The files are what was applied', controls: 'A.8.32' },
  unresolved: { title: 'No migration waits for a decision', controls: 'A.8.32' },
  pending: { title: 'Everything shipped is applied', controls: 'A.8.32' },
  alerts: { title: 'Somebody is alerted', controls: 'A.8.15, A.8.16' },
} as const satisfies Readonly<Record<string, CheckKind>>)

/** The stable id of an item. */
export type CheckId = keyof typeof checkKinds

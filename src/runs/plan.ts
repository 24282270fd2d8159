import type { MigrationFile } from '../project/migration.js'
import type { DatabaseState } from '../postgres/state.js'
import type { DriftFinding } from './outcome.js'

/** How this replica's files and the database stand to each other. Data; nothing is done by making it. */
export interface Plan {
  /** The newest migration that this replica ships. */
  readonly head: string | null
  readonly pending: readonly MigrationFile[]
  /** Applied by a newer release: not shipped here, and newer than everything that is. */
  readonly ahead: readonly string[]
  readonly findings: readonly DriftFinding[]
  /** Rows of knex's table that no run wrote, and rows that a run wrote and that are gone. */
  readonly outside: readonly string[]
}

/** Checksums of shipped files by name, as far as they are known. */
export type Checksums = ReadonlyMap<string, string>

/** All that a plan is made of. */
export interface PlanInput {
  readonly files: readonly MigrationFile[]
  readonly state: PlanState
  /** Asked only for applied migrations of which we keep one. */
  readonly checksums: Checksums
  /** Applied migrations whose files are gone are no finding. */
  readonly mayMissFiles: boolean
}

/** As much of the database's state as a plan depends on. */
export interface PlanState {
  readonly history: DatabaseState['history']
  readonly records: DatabaseState['records']
  readonly present: Pick<DatabaseState['present'], 'bookkeeping'>
}

/** Pure: the same input comes to the same plan. */
export function makePlan({ files, state, checksums, mayMissFiles }: PlanInput): Plan {
  const applied = new Set(state.history.map((row) => row.name))
  const shipped = new Map(files.map((file) => [file.name, file]))
  const newest = files
    .map((file) => file.name)
    .toSorted()
    .at(-1)
  const foreign = state.history.filter((row) => !shipped.has(row.name)).map((row) => row.name)
  const ahead = foreign.filter((name) => newest === undefined || name > newest)
  const pending = files.filter((file) => !applied.has(file.name))
  const findings = [
    ...missing(
      foreign.filter((name) => !mayMissFiles && newest !== undefined && name < newest),
      state,
    ),
    ...outOfOrder(pending, files, applied, ahead),
    ...edited(files, state, applied, checksums),
  ]
  // A plan is handed out again and again.
  return Object.freeze({
    head: files.at(-1)?.name ?? null,
    pending: Object.freeze(pending),
    ahead: Object.freeze(ahead),
    findings: Object.freeze(findings),
    outside: Object.freeze(outsideOf(state, applied)),
  })
}

function missing(names: readonly string[], state: PlanState): DriftFinding[] {
  return names
    .filter((name) => state.records.get(name)?.accepted !== true)
    .map((name) => ({
      name,
      kind: 'missing',
      message: `${name} was applied to this database, but its file is not shipped, though newer ones are.`,
    }))
}

function outOfOrder(
  pending: readonly MigrationFile[],
  files: readonly MigrationFile[],
  applied: ReadonlySet<string>,
  ahead: readonly string[],
): DriftFinding[] {
  const newestApplied = new Map<string, string>()
  for (const file of files) if (applied.has(file.name)) newestApplied.set(file.group, file.name)
  const position = new Map(files.map((file, index) => [file.name, index]))
  const findings: DriftFinding[] = []
  for (const file of pending) {
    const later = newestApplied.get(file.group)
    const sortsBefore = later !== undefined && (position.get(file.name) ?? 0) < (position.get(later) ?? 0)
    const before = ahead.at(-1) ?? (sortsBefore ? later : undefined)
    if (before === undefined) continue
    findings.push({
      name: file.name,
      kind: 'out_of_order',
      message: `${file.name} is pending, but sorts before ${before}, which is applied.`,
    })
  }
  return findings
}

/** Only within one kind of file, and only where a run of ours, or a baseline, kept a checksum. */
function edited(
  files: readonly MigrationFile[],
  state: PlanState,
  applied: ReadonlySet<string>,
  checksums: Checksums,
): DriftFinding[] {
  return files.filter(changed).map((file) => ({
    name: file.name,
    kind: 'edited',
    message: `${file.name} was changed after it had been applied; the database does not have what the file says now.`,
  }))

  function changed(file: MigrationFile): boolean {
    const record = state.records.get(file.name)
    const now = checksums.get(file.name)
    if (!applied.has(file.name) || !record?.checksum || now === undefined) return false
    return record.kind === file.kind && record.checksum !== now
  }
}

function outsideOf(state: PlanState, applied: ReadonlySet<string>): string[] {
  if (!state.present.bookkeeping) return []
  const notOurs = [...applied].filter((name) => !wroteIt(state, name))
  const vanished = [...state.records.keys()].filter((name) => wroteIt(state, name) && !applied.has(name))
  return [...notOurs, ...vanished]
}

function wroteIt(state: PlanState, name: string): boolean {
  const origin = state.records.get(name)?.origin
  return origin === 'run' || origin === 'resolved'
}

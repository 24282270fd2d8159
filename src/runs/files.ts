import type { DatabaseState } from '../postgres/state.js'
import type { Migration, MigrationFile } from '../project/migration.js'
import type { Project } from '../project/project.js'
import { makePlan, type Checksums, type Plan } from './plan.js'

/** This replica's files at one instant, with what was computed of them. */
export interface Shipped {
  readonly files: readonly MigrationFile[]
  readonly head: string | null
  /** Compares them with the database. Uses only the files of which the database keeps a checksum. */
  planAgainst(state: DatabaseState): Promise<Plan>
  checksum(file: MigrationFile): Promise<string | undefined>
  /** Reads the files while something else is waited for. Never rejects. */
  readAhead(): Promise<void>
  load(pending: readonly MigrationFile[]): Promise<readonly Migration[]>
}

/** Lists anew. Rejects with `FilesInvalidError`. */
export async function listShipped({ source, mayMissFiles }: Project): Promise<Shipped> {
  const files = await source.list()
  return Object.freeze({
    files,
    head: files.at(-1)?.name ?? null,
    planAgainst: async (state: DatabaseState) =>
      makePlan(files, state, await knownChecksums(files, state, source), mayMissFiles),
    checksum: (file: MigrationFile) => source.checksum(file),
    readAhead: async () => source.readAhead?.(files),
    load: (pending: readonly MigrationFile[]) => Promise.all(pending.map((file) => source.load(file))),
  })
}

async function knownChecksums(
  files: readonly MigrationFile[],
  state: DatabaseState,
  source: Project['source'],
): Promise<Checksums> {
  const checksums = new Map<string, string>()
  for (const file of files) {
    const record = state.records.get(file.name)
    if (!record?.checksum || record.kind !== file.kind) continue
    const checksum = await source.checksum(file)
    if (checksum !== undefined) checksums.set(file.name, checksum)
  }
  return checksums
}

import type { DatabaseState } from '../postgres/state.js'
import type { Migration, MigrationFile } from '../project/migration.js'
import type { Project } from '../project/project.js'
import type { Look } from '../project/source.js'
import type { Checksums, Plan } from './plan.js'
import { planOf, rememberedPlan } from './remembered-plan.js'

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

/** Lists anew. Rejects with `FilesInvalidError`. `often`: whoever asks will ask again soon. */
export async function listShipped(project: Project, often = false): Promise<Shipped> {
  return shippedOf(project, await project.source.look(often))
}

/** What was listed a moment ago, if that would come to the same now; an edit of one of the files may escape it. */
export function shippedAsBefore(project: Project): Shipped | undefined {
  const look = project.source.glance()
  return look && shippedOf(project, look)
}

function shippedOf({ source, mayMissFiles }: Project, { files, unchanged }: Look): Shipped {
  return Object.freeze({
    files,
    head: files.at(-1)?.name ?? null,
    planAgainst: async (state: DatabaseState) => {
      const input = { files, state, checksums: unchanged, mayMissFiles }
      const checksums = rememberedPlan(source, input)
        ? unchanged
        : await knownChecksums(files, state, source, unchanged)
      return planOf(source, { ...input, checksums })
    },
    checksum: (file: MigrationFile) => source.checksum(file),
    readAhead: () => source.readAhead(files),
    load: (pending: readonly MigrationFile[]) => Promise.all(pending.map((file) => source.load(file))),
  })
}

/** Those that are unchanged, which were looked at with the list, and of the others whichever the plan asks for. */
async function knownChecksums(
  files: readonly MigrationFile[],
  state: DatabaseState,
  source: Project['source'],
  unchanged: Checksums,
): Promise<Checksums> {
  const asked = files.filter(({ name, kind }) => {
    const record = state.records.get(name)
    return record?.checksum && record.kind === kind && !unchanged.has(name)
  })
  if (asked.length === 0) return unchanged
  const checksums = new Map(unchanged)
  for (const file of asked) {
    const checksum = await source.checksum(file)
    if (checksum !== undefined) checksums.set(file.name, checksum)
  }
  return checksums
}

import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Hub } from '../postgres/hub.js'
import type { DatabaseState } from '../postgres/state.js'
import type { Project } from '../project/project.js'
import { listShipped, shippedAsBefore, type Shipped } from './files.js'

/** What this replica ships, and the state with which it is to be compared. */
export interface FilesAndState {
  readonly shipped: Shipped
  readonly state: DatabaseState
}

export interface ReadingOptions {
  /** May refuse the files by throwing, before the database is asked. */
  readonly check?: ((shipped: Shipped) => void) | undefined
  /** Whether the files' checksums will be needed. Default: true. */
  readonly checksums?: boolean
  /** Edits of files may be noticed a second late, by whoever reads often. Default: false. */
  readonly often?: boolean
}

/** Both, each anew. What is wrong with the files is told before what is wrong with the database. */
export async function readFilesAndState(
  hub: Hub,
  project: Project,
  options: ReadingOptions = {},
): Promise<FilesAndState> {
  const before = options.often === true ? await readAsBefore(hub, project, options) : undefined
  return before ?? readAnew(hub, project, options)
}

/** Undefined where the files have to be looked at anyway. */
async function readAsBefore(
  hub: Hub,
  project: Project,
  { check }: ReadingOptions,
): Promise<FilesAndState | undefined> {
  const before = shippedAsBefore(project)
  if (!before) return undefined
  check?.(before)
  const state = await ask(hub)
  // The event loop has turned: what was changed before this call has been heard of.
  const shipped = shippedAsBefore(project) ?? (await listShipped(project, true))
  check?.(shipped)
  return { shipped, state }
}

/** The database is asked first, and the files are looked at, by a new process read, while it answers. */
async function readAnew(
  hub: Hub,
  project: Project,
  { check, checksums = true, often }: ReadingOptions,
): Promise<FilesAndState> {
  const isNew = hub.peek() === undefined
  const early = check ? undefined : ask(hub)
  early?.catch(() => undefined)
  // To look at files keeps the event loop busy: the question has to be on its way before that.
  await nextTurn()
  const shipped = await listShipped(project, often)
  check?.(shipped)
  const meanwhile = isNew && checksums ? hub.open().then(() => shipped.readAhead()) : undefined
  const [state] = await Promise.all([early ?? ask(hub), meanwhile])
  return { shipped, state }
}

async function ask(hub: Hub): Promise<DatabaseState> {
  const { control, readState } = await hub.open()
  return control.read(readState)
}

import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Hub } from '../postgres/hub.js'
import type { DatabaseState } from '../postgres/state.js'
import type { Project } from '../project/project.js'
import { listShipped, type Shipped } from './files.js'

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
}

/**
 * Both, each anew. The database is asked first, and the files are looked at, by a new process read, while it answers. What
 * is wrong with the files is told before what is wrong with the database.
 */
export async function readFilesAndState(
  hub: Hub,
  project: Project,
  { check, checksums = true }: ReadingOptions = {},
): Promise<FilesAndState> {
  const isNew = hub.peek() === undefined
  const early = check ? undefined : ask(hub)
  early?.catch(() => undefined)
  // To look at files keeps the event loop busy: the question has to be on its way before that.
  await nextTurn()
  const shipped = await listShipped(project)
  check?.(shipped)
  const meanwhile = isNew && checksums ? hub.open().then(() => shipped.readAhead()) : undefined
  const [state] = await Promise.all([early ?? ask(hub), meanwhile])
  return { shipped, state }
}

async function ask(hub: Hub): Promise<DatabaseState> {
  const { control, readState } = await hub.open()
  return control.read(readState)
}

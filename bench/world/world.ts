import { existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'

import { openStage, type Stage } from '../../torture/machine/stage.js'
import { benchDirectory, type Say } from './peers.js'
import { writeSet, type Content, type MigrationSet } from './sets.js'

/** What the works are measured in: a PostgreSQL of their own with its poolers, sets of migrations, and how much of all. */
export interface World {
  readonly stage: Stage
  /** Rounds that count. */
  readonly rounds: number
  /** A slice of each. */
  readonly quick: boolean
  /** Whether the peers are installed. */
  readonly peers: boolean
  readonly say: Say
  /** The URL of a new, empty database. */
  createDatabase(): Promise<string>
  /** Written once for each size and content. */
  set(size: number, content: Content): MigrationSet
  /** A directory of a work's own. */
  directory(name: string): string
  close(): Promise<void>
}

export interface WorldOptions extends Pick<World, 'rounds' | 'quick' | 'peers' | 'say'> {
  readonly postgresBin?: string | undefined
  /** Pool sizes of the poolers. */
  readonly pools: readonly number[]
}

/** As an installation has it: what is committed is on the disk. */
const settings = { fsync: 'on' }

/** Opens it. Rejects where PostgreSQL does not start. */
export async function openWorld({ postgresBin, pools, ...options }: WorldOptions): Promise<World> {
  const stage = await openStage({ postgresBin, pools, settings })
  linkPackages(join(stage.directory, 'node_modules'))
  const directory = (name: string): string => {
    const path = join(stage.directory, name)
    mkdirSync(path, { recursive: true })
    return path
  }
  return Object.freeze({
    ...options,
    stage,
    createDatabase: async () => stage.postgres.url(await stage.createDatabase()),
    set: (size: number, content: Content) => {
      const dir = join(stage.directory, `set-${content}-${size}`)
      return existsSync(dir) ? { dir, size } : writeSet(dir, size, content)
    },
    directory,
    close: () => stage.close(),
  })
}

/** What a project has beside its migrations: they import what their tool gives them, and knex's command line its library. */
function linkPackages(dir: string): void {
  mkdirSync(dir)
  for (const name of ['knex', 'pg', 'kysely']) {
    const place = [join(benchDirectory, '..'), benchDirectory]
      .map((root) => join(root, 'node_modules', name))
      .find((path) => existsSync(path))
    if (place !== undefined) symlinkSync(place, join(dir, name))
  }
}

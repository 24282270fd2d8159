import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { foundationText, indexText, transactionalText, type Manner } from './migration-text.js'

/** What a set is made of. */
export const kinds = ['transactional', 'mixed', 'concurrently'] as const
export type Kind = (typeof kinds)[number]

/** One migration of a set. */
export interface Migration {
  /** Without extension, as Sallyport names it. */
  readonly name: string
  /** As `knex_migrations` records it. */
  readonly file: string
  readonly manner: Manner
  /** The index that it builds, where it builds one outside a transaction. */
  readonly index: string | undefined
  readonly text: string
}

export interface MigrationSet {
  readonly kind: Kind
  readonly migrations: readonly Migration[]
}

const patterns: Record<Kind, readonly Manner[]> = {
  transactional: ['transactional'],
  mixed: ['transactional', 'repeatable', 'transactional', 'once', 'transactional', 'trusting'],
  concurrently: ['repeatable', 'once', 'trusting', 'repeatable', 'transactional', 'once', 'trusting'],
}

const usual: Record<Kind, { readonly size: number; readonly rows: number }> = {
  transactional: { size: 6, rows: 200 },
  mixed: { size: 8, rows: 2_000 },
  concurrently: { size: 8, rows: 40_000 },
}

/** A set of the kind. `size` counts the foundation; `rows` is what each index build has to read. */
export function migrationSet(kind: Kind, size = usual[kind].size, rows = usual[kind].rows): MigrationSet {
  const pattern = patterns[kind]
  const migrations: Migration[] = [numbered(0, 'transactional', (name) => foundationText(name, rows))]
  for (let turn = 1; turn < size; turn += 1) {
    const manner = pattern[turn % pattern.length] as Manner
    const index = `torture_i${turn}`
    migrations.push(
      manner === 'transactional'
        ? numbered(turn, manner, (name) => transactionalText(name, turn))
        : numbered(turn, manner, (name) => indexText(name, index, manner), index),
    )
  }
  return Object.freeze({ kind, migrations: Object.freeze(migrations) })
}

/** A migration with the name that its place in the set gives it. */
export function numbered(
  turn: number,
  manner: Manner,
  text: (name: string) => string,
  index?: string,
): Migration {
  const name = `202601010000${String(turn).padStart(2, '0')}_${turn === 0 ? 'foundation' : manner}`
  return Object.freeze({ name, file: `${name}.cjs`, manner, index, text: text(name) })
}

/** Writes the files; CommonJS, so that no compiler and no package.json is needed. */
export function writeMigrations(migrations: readonly Migration[], directory: string): void {
  mkdirSync(directory, { recursive: true })
  for (const { file, text } of migrations) writeFileSync(join(directory, file), text)
}

import { literal } from './identifiers.js'

/** Statements as one, some of which may depend on conditions. Needs PL/pgSQL, which every database has from the start. */
export function block(statements: readonly string[]): string {
  return `DO ${literal(`BEGIN ${statements.join(';\n')}; END`)}`
}

/** A statement of a block: others, where a condition does not hold. */
export function unless(condition: string, statements: readonly string[]): string {
  return `IF NOT (${condition}) THEN ${statements.join(';\n')}; END IF`
}

/** Whether all of these relations, quoted and qualified, are there. */
export function present(...relations: readonly string[]): string {
  return relations.map((relation) => `to_regclass(${literal(relation)}) IS NOT NULL`).join(' AND ')
}

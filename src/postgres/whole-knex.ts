import { loadKnex, unconnected } from './own-knex.js'

/** Loads knex with what it takes only for its first instance, its first statement and its migrator; opens nothing. */
export function loadWholeKnex(): void {
  const instance = unconnected(loadKnex(), 'postgres:///')
  instance('any').insert({ any: 1 }).toSQL()
  // A getter, which makes one.
  Reflect.get(instance, 'migrate')
}

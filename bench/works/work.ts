import type { Table } from '../measure/row.js'
import type { World } from '../world/world.js'

/** Something that is measured. */
export interface Work {
  /** By which `--only` picks it. */
  readonly name: string
  readonly measure: (world: World) => Promise<readonly Table[]>
}

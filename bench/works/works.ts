import { commands } from './commands.js'
import { doors } from './doors.js'
import { journal } from './journal.js'
import { nothingPending } from './nothing-pending.js'
import { nothingPendingOverHttp } from './nothing-pending-http.js'
import { pending } from './pending.js'
import { probes } from './probes.js'
import { refused } from './refused.js'
import { start } from './start.js'
import type { Work } from './work.js'

/** All there is to measure, in the order of the report. */
export const works: readonly Work[] = [
  nothingPending,
  nothingPendingOverHttp,
  pending,
  doors,
  refused,
  start,
  commands,
  probes,
  journal,
]

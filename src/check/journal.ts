import type { Inspection } from '../postgres/inspection.js'
import type { JournalGuard } from '../postgres/journal-guard.js'
import type { Status } from '../runs/engine.js'
import { fail, pass, unknown, warn, type Finding } from './item.js'

const lookAgain = 'Mend what the server says, then look again.'

/** The whole chain, from its first record, as `sallyport journal verify` reads it. */
export function journalIntact({ journal: seen }: Inspection, status: Status | undefined): Finding {
  if ('unseen' in seen) return unknown(`${seen.unseen}.`, lookAgain)
  const found = seen.value
  if ('exists' in found) {
    if (status?.applied === 0) return pass('There is none yet; the first run begins it.')
    return warn(
      `Migrations are applied, but there is no journal: ${found.reason}`,
      'If there was one, look for who removed it. The next run begins one.',
    )
  }
  if (found.intact) return pass(`${found.seq} records, whole up to the head ${found.seq}:${found.hash}.`)
  const where = found.seq === null ? '' : ` at record ${found.seq}`
  return fail(
    `Broken${where}: ${found.reason}`,
    'Keep a copy of the table, and run `sallyport journal verify`.',
  )
}

/** Triggers keep honest mistakes out; who owns what they hang on can take them away. */
export function journalProtected({ journalGuard: seen, role }: Inspection): Finding {
  if ('unseen' in seen) return unknown(`${seen.unseen}.`, lookAgain)
  if (seen.value === null) return pass('There is none yet.')
  const { owned, trigger, beside } = seen.value
  const amiss = triggerProblems[trigger]
  if (amiss !== undefined) return fail(`${amiss} Records can be changed and removed.`, restoreTrigger)
  if (beside.length > 0) {
    return fail(
      `On its table lies what Sallyport did not put there: ${beside.join(', ')}. Records can be swallowed, changed, hidden or lost by it.`,
      'Run `sallyport journal verify` with a kept anchor, find out who did that, and remove it.',
    )
  }
  if (role.superuser) return warn(`${role.name} is a superuser${couldRewrite}`, anotherOwner)
  if (owned.length === 0) return pass(`${role.name} does not own it, and can only append.`)
  const what = owned.map((one) => owns[one] ?? one).join(', ')
  return warn(`${role.name} owns ${what}${couldRewrite}`, anotherOwner)
}

const couldRewrite =
  ': a migration could take its triggers away and write it anew, which only an anchor that was kept elsewhere tells.'
const anotherOwner =
  'Let another role own schema, table and function, and grant SELECT and INSERT on the table to the one that migrates: docs/journal.md has the statements.'
const owns: Readonly<Record<string, string>> = {
  table: 'the table',
  schema: 'its schema',
  function: 'the function of its trigger',
}

const triggerProblems: Readonly<Record<JournalGuard['trigger'], string | undefined>> = {
  always: undefined,
  origin: 'Its trigger is silent where session_replication_role is replica.',
  off: 'Its trigger is switched off.',
  partial: 'Its trigger no longer refuses all of UPDATE, DELETE and TRUNCATE.',
  changed: 'Its trigger calls a function that was changed.',
  missing: 'Its trigger is gone.',
}
const restoreTrigger =
  'Run `sallyport journal verify` with a kept anchor, and find out who did that. Then, as the owner: ALTER TABLE … ENABLE ALWAYS TRIGGER journal_is_append_only; where it is gone or changed, create it anew: docs/journal.md has the statements.'

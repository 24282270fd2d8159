import type { Inspection } from '../postgres/inspection.js'
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

/** Triggers keep honest mistakes out; an owner can take them away. */
export function journalProtected({ grants, role }: Inspection): Finding {
  if ('unseen' in grants) return unknown(`${grants.unseen}.`, lookAgain)
  const { ownsJournal } = grants.value
  if (ownsJournal === null) return pass('There is none yet.')
  if (!ownsJournal && !role.superuser) return pass(`${role.name} is not its owner, and can only append.`)
  return warn(
    `${role.name} ${role.superuser ? 'is a superuser' : 'owns it'}: a migration could take its triggers away and write it anew, which only an anchor that was kept elsewhere tells.`,
    'Let another role own the journal, and grant SELECT and INSERT on it to the one that migrates.',
  )
}

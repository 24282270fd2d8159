import type { Workshop } from '../runs/workshop.js'

/** The role that the documents recommend: it may create schemas and tables, and owns nothing yet. */
export interface Migrator {
  readonly name: string
  readonly url: string
}

export async function migratorOf({ role, database }: Workshop): Promise<Migrator> {
  const made = await role()
  await database.query(`grant create on database ${database.name} to ${made.name}`)
  await database.query(`grant usage, create on schema public to ${made.name}`)
  return made
}

/** Somebody else owns the journal, and the role that migrates may append to it. */
export async function disownJournal({ database }: Workshop, { name }: Migrator): Promise<void> {
  await database.query(`alter schema sallyport owner to current_user;
    alter table sallyport.journal owner to current_user;
    alter function sallyport.journal_is_append_only() owner to current_user;
    grant usage on schema sallyport to ${name};
    grant select, insert on sallyport.journal to ${name}`)
}

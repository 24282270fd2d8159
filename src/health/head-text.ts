import type { EngineJournal } from '../runs/engine.js'

/** The newest head as an anchor is written: `seq:hash`; undefined where none was seen. */
export function headText(journal: Pick<EngineJournal, 'head'>): string | undefined {
  const head = journal.head()
  return head === null ? undefined : `${head.seq}:${head.hash}`
}

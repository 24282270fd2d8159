import { contender } from './contender.js'
import { openJournal } from './journal.js'

let journal

contender({
  prepare: async (given) => {
    journal = openJournal(given)
  },
  once: async () => {
    const verdict = await journal.engine.journal.verify()
    if (!verdict.intact) throw new Error(JSON.stringify(verdict))
  },
  close: () => journal.close(),
})

import pg from 'pg'
import { appendStatements } from '../../../dist/src/journal/append.js'
import { entrySource } from '../../../dist/src/journal/record.js'
import { scopeFor } from './journal-scope.js'
import { contender } from './contender.js'

let client
let message

contender({
  prepare: async ({ url }) => {
    client = new pg.Client({ connectionString: url })
    await client.connect()
    const data = { address: '10.8.0.7', requestId: '689396e9-7024-41f5-9cc1-f524140634ad', userAgent: 'curl' }
    const entry = entrySource({ kind: 'previous_secret_used', data })
    message = ['BEGIN', ...appendStatements(scopeFor, [entry]), 'COMMIT'].join(';\n')
  },
  once: () => client.query(message),
  close: () => client.end(),
})

import { chmodSync, existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'

const built = new URL('../../dist/src/embedded/start.js', import.meta.url)

/** Speed over durability: what these clusters hold is worth nothing after the run. */
const settings = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  autovacuum_naptime: '1h',
  max_connections: '300',
  shared_buffers: '64MB',
  max_prepared_transactions: '5',
}

/**
 * One real PostgreSQL for the whole run. The workers, which are forked after this, find its URL in their environment.
 * It ends with this process, also when that is killed.
 */
export default async function globalSetup() {
  process.env.SALLYPORT_TEST_SERVER = process.env.TEST_DATABASE_URL ?? (await startServer())
  process.env.SALLYPORT_TEST_PREPARED = await preparedTransactions(process.env.SALLYPORT_TEST_SERVER)
}

/** How many prepared transactions the server takes; a server of one's own takes none by default. */
async function preparedTransactions(url) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query('show max_prepared_transactions')).rows[0].max_prepared_transactions
  } finally {
    await client.end()
  }
}

async function startServer() {
  if (!existsSync(built))
    throw new Error('The tests need the compiled programs: run "npm run build", or "npm test".')
  const { startEmbedded } = await import(built.href)
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-test-'))
  chmodSync(dir, 0o711) // root's server runs as another user, who has to pass through
  const logger = { error: console.error, warn: console.error, info() {}, debug() {} }
  const server = await startEmbedded({ dir, logger, settings, throwaway: true })
  globalThis.sallyportTestServer = server
  return server.url
}

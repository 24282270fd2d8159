/** Starts the embedded PostgreSQL in the directory named as argument, prints how, and stops it on SIGTERM. */
import { createServer } from 'node:net'
import { startEmbedded } from '../../dist/src/embedded/start.js'

const say = (message) => console.error(message)
const logger = { error: say, warn: say, info: say, debug: say }
const server = await startEmbedded({ dir: process.argv[2], logger, settings: { fsync: 'off' } })
const listener = createServer().listen(0, '127.0.0.1') // keeps this process alive, which the database does not
process.on('SIGINT', () => console.error('SIGINT'))
process.on('SIGTERM', async () => {
  await server.stop()
  listener.close()
})
console.log(`started ${JSON.stringify({ url: server.url, owned: server.owned })}`)

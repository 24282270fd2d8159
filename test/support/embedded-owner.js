/** Starts the embedded PostgreSQL in the directory named as argument, prints how, and stops it on SIGTERM. */
import { startEmbedded } from '../../dist/src/embedded/start.js'

const say = (message) => console.error(message)
const logger = { error: say, warn: say, info: say, debug: say }
const server = await startEmbedded({ dir: process.argv[2], logger, settings: { fsync: 'off' } })
const alive = setInterval(() => undefined, 60_000)
process.on('SIGINT', () => console.error('SIGINT'))
process.on('SIGTERM', async () => {
  await server.stop()
  clearInterval(alive)
})
console.log(`started ${JSON.stringify({ url: server.url, owned: server.owned })}`)

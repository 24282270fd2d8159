import { randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { limitExceeded } from '../gates/limits.js'
import { hardenServer, serverOptions } from '../gates/listener.js'
import { healthApp, type HealthOptions } from '../health/probes.js'
import type { Logger } from '../observe/logger.js'
import { sendProblem } from '../problems/respond.js'

/** Connections to the health port; its callers are a kubelet and a scraper. */
const maxConnections = 256

/**
 * The health port's server, not yet listening, with the limits of the ops port on size, number, time and form of what is
 * sent. What it refuses is told at the log's debug level: whoever reaches a port of probes could else fill the log.
 */
export function createHealthServer(options: HealthOptions & { readonly logger: Logger }): Server {
  const app = healthApp(options)
  const server = createServer(serverOptions, (request, response) => {
    const refusal = limitExceeded(request)
    if (refusal === undefined) {
      app(request, response)
      return
    }
    const requestId = randomUUID()
    response.setHeader('Cache-Control', 'no-store').setHeader('X-Request-Id', requestId)
    response.setHeader('Connection', 'close')
    sendProblem(response, refusal.code, { detail: refusal.detail, requestId })
  })
  const { logger } = options
  hardenServer(server, { logger: { ...logger, warn: logger.debug }, welcomes: () => true, maxConnections })
  return server
}

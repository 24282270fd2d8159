import { createServer, type Server } from 'node:http'
import type { Settings } from '../../config/settings.js'
import type { Metrics } from '../health/metrics.js'
import type { Logger } from '../observe/logger.js'
import type { Engine } from '../runs/engine.js'

export function createOpsServer(_options: {
  settings: Settings
  logger: Logger
  engine: Engine
  metrics: Metrics
}): {
  server: Server
  close: () => void
} {
  return { server: createServer(), close: () => undefined }
}

import express from 'express'
import helmet from 'helmet'
import knexFactory from 'knex'
import winston from 'winston'

const logger = winston.createLogger({
  format: winston.format.json(),
  transports: [new winston.transports.Console()],
})
const knex = knexFactory({ client: 'pg', connection: process.env.DATABASE_URL })
await knex.raw('SELECT 1')

const app = express()
app.use(helmet())
app.get('/livez', (_request, response) => response.json({ status: 'ok' }))
app.listen(Number(process.env.PORT), '127.0.0.1', () => logger.info('listening'))

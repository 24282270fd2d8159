import * as Sentry from '@sentry/node'
import express from 'express'

Sentry.init({})

const app = express()
app.get('/livez', (_request, response) => response.json({ status: 'ok' }))
app.listen(Number(process.env.PORT), '127.0.0.1')

import express from 'express'

const app = express()
app.get('/livez', (_request, response) => response.json({ status: 'ok' }))
app.use((_request, response) => response.status(401).json({ error: 'Unauthorized' }))
app.listen(Number(process.env.PORT), '127.0.0.1')

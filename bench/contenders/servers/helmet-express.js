import express from 'express'
import helmet from 'helmet'

const app = express()
app.use(helmet())
app.use((_request, response) => response.status(401).json({ error: 'Unauthorized' }))
app.listen(Number(process.env.PORT), '127.0.0.1')

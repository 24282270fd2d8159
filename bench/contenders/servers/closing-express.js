import express from 'express'

// What a caller gets who may not come in does not keep his connection, here as there.
const app = express()
app.use((_request, response) => response.set('Connection', 'close').status(403).json({ error: 'Forbidden' }))
app.listen(Number(process.env.PORT), '127.0.0.1')

import express from 'express'
import bearerToken from 'express-bearer-token'
import ipFilter from 'express-ip-filter'
import helmet from 'helmet'

const app = express()
app.use(helmet())
app.use(ipFilter({ filter: ['127.0.0.1'] }))
app.use(bearerToken())
app.use((request, response, next) => {
  if (request.token === process.env.MIGRATION_SECRET) next()
  else response.status(401).json({ error: 'Unauthorized' })
})
app.listen(Number(process.env.PORT), '127.0.0.1')

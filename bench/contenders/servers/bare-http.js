import { createServer } from 'node:http'

const body = JSON.stringify({ error: 'Unauthorized' })

createServer((request, response) => {
  const found = request.url === '/livez'
  response.writeHead(found ? 200 : 401, { 'Content-Type': 'application/json', 'Content-Length': body.length })
  response.end(body)
}).listen(Number(process.env.PORT), '127.0.0.1')

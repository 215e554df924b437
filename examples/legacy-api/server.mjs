// A small API as it might stand in any company: written before another origin's page called it.
// It sends no CORS header, answers OPTIONS with 404, and nobody wants to touch it any more.
import { createServer } from 'node:http'

const orders = [
  { id: 1, customer: 'Ada', total: 42 },
  { id: 2, customer: 'Grace', total: 17 },
]

const server = createServer((request, response) => {
  const send = (status, body, headers = {}) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(`${JSON.stringify(body)}\n`)
  }
  if (request.method === 'GET' && request.url === '/orders') {
    send(200, orders, { 'x-total-count': orders.length })
  } else if (request.method === 'PUT' && request.url === '/orders/1') {
    request.resume().on('end', () => send(200, { ...orders[0], status: 'changed' }))
  } else {
    send(404, { error: `cannot ${request.method} ${request.url}` })
  }
})

server.listen(process.env.PORT ?? 5000, () => {
  process.stdout.write(`legacy API on port ${server.address().port}\n`)
})

process.on('SIGTERM', () => process.exit(0))

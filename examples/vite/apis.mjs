// Two APIs without any CORS header, each on a port of its own.
import { createServer } from 'node:http'

const orders = [{ id: 1, customer: 'c7', total: 42 }]
const customers = { c7: 'Ada' }

function serve(port, answer) {
  createServer(async (request, response) => {
    let body = ''
    for await (const piece of request) body += piece
    const found = answer(request, body)
    response.writeHead(found === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(found ?? { error: 'not found' }))
  }).listen(port, '127.0.0.1', () => process.stdout.write(`API on port ${port}\n`))
}

serve(5021, ({ method, url }, body) => {
  if (method === 'GET' && url === '/orders') return orders
  const order = orders.find(({ id }) => method === 'PUT' && url === `/orders/${id}`)
  return order && Object.assign(order, JSON.parse(body))
})

serve(5022, ({ method, url }) => {
  return method === 'GET' && url === '/customers' ? customers : undefined
})

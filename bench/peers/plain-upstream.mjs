// Stands in for nginx as the upstream, where there is none.
import { createServer } from 'node:http'

const [port, , smallPath, small, bigPath, bigBytes] = process.argv.slice(2)
const big = Buffer.alloc(Number(bigBytes))
const bodies = { [smallPath]: Buffer.from(small), [bigPath]: big }
createServer((req, res) => {
  const body = bodies[req.url] ?? bodies[smallPath]
  res.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body.length })
  res.end(body)
}).listen(Number(port), '127.0.0.1')

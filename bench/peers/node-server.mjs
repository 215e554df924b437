// A Node server that answers every request with one fixed head, given as JSON: [status, fields].
import { createServer } from 'node:http'

const [port, , head] = process.argv.slice(2)
const [status, fields] = JSON.parse(head)
createServer((_req, res) => {
  res.writeHead(status, fields)
  res.end()
}).listen(Number(port), '127.0.0.1')

// httpxy as it comes: it has keep-alive agents of its own.
import { createServer } from 'node:http'
import { createProxyServer } from 'httpxy'

const [port, target] = process.argv.slice(2)
const proxy = createProxyServer({ target })
createServer((req, res) => proxy.web(req, res).catch(() => res.destroy()))
  .on('upgrade', (req, socket, head) =>
    proxy.ws(req, socket, {}, head).catch(() => socket.destroy()),
  )
  .listen(Number(port), '127.0.0.1')

// http-proxy as its README starts it; with `keep-alive` it reuses upstream connections.
import { Agent, createServer } from 'node:http'
import httpProxy from 'http-proxy'

const [port, target, mode] = process.argv.slice(2)
const agent = mode === 'keep-alive' ? { agent: new Agent({ keepAlive: true }) } : {}
const proxy = httpProxy.createProxyServer({ target, ...agent })
proxy.on('error', (_error, _req, out) => out.destroy())
createServer((req, res) => proxy.web(req, res))
  .on('upgrade', (req, socket, head) => proxy.ws(req, socket, head))
  .listen(Number(port), '127.0.0.1')

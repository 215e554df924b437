import { Agent, createServer } from 'node:http'
import httpProxy from 'http-proxy-3'

const [port, target] = process.argv.slice(2)
const proxy = httpProxy.createProxyServer({ target, agent: new Agent({ keepAlive: true }) })
proxy.on('error', (_error, _req, out) => out.destroy())
createServer((req, res) => proxy.web(req, res))
  .on('upgrade', (req, socket, head) => proxy.ws(req, socket, head))
  .listen(Number(port), '127.0.0.1')

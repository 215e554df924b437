// The least a Node process can do: bytes from one socket to another, neither read nor judged.
import { connect, createServer } from 'node:net'

const [port, target] = process.argv.slice(2)
const upstreamPort = Number(new URL(target).port)
createServer({ noDelay: true }, client => {
  const upstream = connect({ port: upstreamPort, host: '127.0.0.1', noDelay: true })
  client.pipe(upstream).pipe(client)
  client.on('error', () => upstream.destroy())
  upstream.on('error', () => client.destroy())
}).listen(Number(port), '127.0.0.1')

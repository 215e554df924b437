// The upstream of upgraded connections: accepts any, and sends back what comes.
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'

const [port] = process.argv.slice(2)
const guid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
createServer((_req, res) => res.end('{}'))
  .on('upgrade', (req, socket) => {
    const accept = createHash('sha1')
      .update(req.headers['sec-websocket-key'] + guid)
      .digest('base64')
    socket.setNoDelay(true)
    socket.on('error', () => socket.destroy())
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    )
    socket.pipe(socket)
  })
  .listen(Number(port), '127.0.0.1')

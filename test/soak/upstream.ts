// The upstream of a soak run: cheap enough to leave the processors to the sidecar.

import { type AddressInfo, createServer, type Socket } from 'node:net'

export interface SoakUpstream {
  readonly url: string
  close(): Promise<void>
}

/** Sends a body back, streams three events, says nothing for `/slow`, and echoes after an upgrade. */
export async function startSoakUpstream(): Promise<SoakUpstream> {
  const open = new Set<Socket>()

  function serve(socket: Socket): void {
    open.add(socket)
    let received = ''
    let isUpgraded = false
    socket.on('error', () => socket.destroy())
    socket.on('close', () => open.delete(socket))
    socket.on('data', (bytes: Buffer) => {
      if (isUpgraded) {
        socket.write(bytes)
        return
      }
      received += bytes.toString('latin1')
      const end = received.indexOf('\r\n\r\n')
      if (end === -1) return
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(received.slice(0, end))?.[1] ?? 0)
      if (received.length < end + 4 + length) return
      const target = received.slice(received.indexOf(' ') + 1, received.indexOf(' HTTP'))
      const body = received.slice(end + 4)
      received = ''
      if (target === '/slow') return
      if (target === '/events') sendEvents(socket)
      else if (target === '/ws') {
        isUpgraded = true
        socket.write(
          'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
        )
      } else socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n${body}`, 'latin1')
    })
  }

  const server = createServer({ noDelay: true }, serve)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      for (const socket of open) socket.destroy()
      return new Promise(resolve => server.close(() => resolve()))
    },
  }
}

function sendEvents(socket: Socket): void {
  socket.write(
    'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n',
  )
  let left = 3
  const timer = setInterval(() => {
    left--
    if (socket.destroyed) clearInterval(timer)
    else socket.write('c\r\ndata: tick\n\n\r\n')
    if (left > 0) return
    clearInterval(timer)
    if (!socket.destroyed) socket.write('0\r\n\r\n')
  }, 10)
}

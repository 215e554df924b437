import { type AddressInfo, createServer, type Socket } from 'node:net'

/** A server of bytes: `answer` writes what it will to the socket once a head has come, given as text. */
export async function startAskedUpstream(answer: (head: string, socket: Socket) => void) {
  const open = new Set<Socket>()
  const server = createServer(socket => {
    open.add(socket)
    let text = ''
    socket.on('data', (bytes: Buffer) => {
      text += bytes.toString('latin1')
      if (!text.includes('\r\n\r\n')) return
      const head = text
      text = ''
      answer(head, socket)
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => open.delete(socket))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    close() {
      for (const socket of open) socket.destroy()
      return new Promise(resolve => server.close(resolve))
    },
  }
}

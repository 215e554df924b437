// An HTTP proxy as companies run them: tunnels by CONNECT, and forwards requests that name a whole URL.
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, request } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'

export interface ForwardProxyOptions {
  /** `user:password`, wanted of everybody. */
  readonly user?: string
  /** What is answered to CONNECT in place of a tunnel; nothing at all for an empty text. */
  readonly refusal?: string
}

export interface ForwardProxy {
  readonly port: number
  /** Method and target of each request, as they came. */
  readonly seen: readonly string[]
  /** Ends it as a crash would: every connection at once. */
  kill(): void
}

export async function startForwardProxy({
  user,
  refusal,
}: ForwardProxyOptions = {}): Promise<ForwardProxy> {
  const seen: string[] = []
  const sockets = new Set<Socket>()
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
  }
  const wanted = user && `Basic ${Buffer.from(user).toString('base64')}`
  const isStranger = (headers: IncomingHttpHeaders) =>
    wanted !== undefined && headers['proxy-authorization'] !== wanted
  const server = createServer((asked, answer) => {
    const { method = '', url = '', headers } = asked
    seen.push(`${method} ${url}`)
    if (isStranger(headers)) {
      answer.writeHead(407, { 'Proxy-Authenticate': 'Basic realm="corp"' }).end()
      return
    }
    const { 'proxy-authorization': _, ...rest } = headers
    const { host } = new URL(url)
    const sent = request(url, { method, headers: { ...rest, host } })
    asked.pipe(sent)
    sent.on('error', () => answer.destroy())
    sent.on('response', response => {
      answer.writeHead(response.statusCode ?? 0, response.headers)
      response.on('error', () => answer.destroy())
      response.pipe(answer)
    })
  })
  server.on('connection', keep)
  server.on('connect', ({ url = '', headers }, client: Socket, head: Buffer) => {
    seen.push(`CONNECT ${url}`)
    if (isStranger(headers)) {
      client.end('HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm="corp"\r\n\r\n')
    } else if (refusal !== undefined) {
      if (refusal !== '') client.end(refusal)
    } else {
      const { hostname, port } = new URL(`http://${url}`)
      const upstream = connect(Number(port || 80), hostname.replace(/[[\]]/g, ''), () => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n')
        upstream.write(head)
        client.pipe(upstream).pipe(client)
      })
      keep(upstream)
      upstream.on('close', () => client.destroy())
      client.on('close', () => upstream.destroy())
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    kill() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

// Servers that log in the connection, as those of Windows do: what follows on it is answered as that user.

import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { type RealPeer, startNodeApp } from './real-peers.js'

/** Express with the package that people use for NTLM; it says who asks, and how much was sent. */
export const startExpressNtlm = (): Promise<RealPeer> =>
  startNodeApp(`
    import express from 'express'
    import ntlm from 'express-ntlm'
    const app = express()
    app.use(ntlm())
    app.use((req, res) => {
      let size = 0
      req.on('data', piece => { size += piece.length })
      req.on('end', () => res.send(req.ntlm.UserName + ' ' + size + '\\n'))
    })
    const server = app.listen(0, '127.0.0.1', () =>
      console.log('listening at http://127.0.0.1:' + server.address().port))`)

export interface LoginServer {
  readonly url: string
  /** Resolves once no connection is logged in. */
  noneLoggedIn(): Promise<void>
  close(): Promise<void>
}

interface Session {
  user: string | undefined
  nonce: string | undefined
}

/**
 * A server that tells who asked, with the bytes of the body. `NTLM` takes two steps here, `hello` and
 * then `USER.NONCE` on the same connection; every other scheme but `Basic` takes one, with the user.
 * Below `/open` nobody need log in. Of the query, `demand` is what a 401 demands (`|` between two lines),
 * `hasty` has it demand by the head alone, `close` has it close the connection.
 */
export async function startLoginServer(): Promise<LoginServer> {
  const sessions = new Map<Socket, Session>()
  const waiting = new Set<() => void>()
  let nonces = 0
  const demand = (res: ServerResponse, challenges: readonly string[]) => {
    res.writeHead(401, { 'WWW-Authenticate': [...challenges], 'Content-Length': 6 }).end('log in')
  }
  const logIn = (authorization: string, session: Session): string | undefined => {
    const [scheme = '', token = ''] = authorization.split(' ')
    if (scheme.toLowerCase() === 'basic') return undefined
    if (scheme.toLowerCase() !== 'ntlm') {
      session.user = token
      return undefined
    }
    const [user, nonce] = token.split('.')
    session.user = nonce !== undefined && nonce === session.nonce ? user : undefined
    session.nonce = token === 'hello' ? String(++nonces) : undefined
    return session.nonce
  }
  const serve = (req: IncomingMessage, res: ServerResponse) => {
    const session = sessionOf(sessions, req.socket)
    const { pathname, searchParams } = new URL(req.url ?? '/', 'http://a.test')
    if (searchParams.has('close')) res.setHeader('Connection', 'close')
    const nonce = logIn(req.headersDistinct.authorization?.at(-1) ?? 'Basic', session)
    const mayPass = session.user !== undefined || pathname.startsWith('/open')
    let size = 0
    req.on('data', (piece: Buffer) => {
      size += piece.length
    })
    const answer = () => {
      const { user = 'nobody' } = session
      if (nonce !== undefined) demand(res, [`NTLM ${nonce}`])
      else if (!mayPass) demand(res, (searchParams.get('demand') ?? 'NTLM').split('|'))
      else res.setHeader('X-User', user).end(`${user} ${pathname} ${size}`)
    }
    if (searchParams.has('hasty') && (nonce !== undefined || !mayPass)) answer()
    else req.on('end', answer)
  }
  const server = createServer(serve)
  server.keepAliveTimeout = 60_000
  server.on('connection', socket => {
    sessionOf(sessions, socket)
    socket.on('close', () => {
      sessions.delete(socket)
      for (const ask of [...waiting]) ask()
    })
  })
  server.on('upgrade', (req, socket) => {
    const { user } = sessionOf(sessions, req.socket)
    if (user === undefined) {
      socket.write(
        'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: NTLM\r\nContent-Length: 0\r\n\r\n',
      )
      // The next step may come on the same connection.
      server.emit('connection', socket)
      return
    }
    socket.on('error', () => socket.destroy())
    socket.end(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n${user}`,
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    noneLoggedIn: () =>
      new Promise(resolve => {
        const ask = () => {
          if ([...sessions.values()].some(({ user }) => user !== undefined)) return
          waiting.delete(ask)
          resolve()
        }
        waiting.add(ask)
        ask()
      }),
    close: () => closeAll(server),
  }
}

function sessionOf(sessions: Map<Socket, Session>, socket: Socket): Session {
  const known = sessions.get(socket)
  if (known !== undefined) return known
  const session: Session = { user: undefined, nonce: undefined }
  sessions.set(socket, session)
  return session
}

function closeAll(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

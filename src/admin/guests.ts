// Who may stay connected to the admin port. Anyone may connect, so that probes and scrapers get through; a
// newcomer is always let in, and when the port is full somebody else leaves for it.
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { isLocalPeer } from './access.js'

/** Most connections at once. The last of them are for peers on this machine. */
const guestLimit = 256
const localReserve = 32
/** Requests of one connection that may wait for their turn. */
const waitingLimit = 16

interface Guest {
  readonly peer: string | undefined
  readonly isLocal: boolean
  /** Requests that are not answered yet. Without one, the connection is silent. */
  waiting: number
  /** Settles when the last of them has been answered. */
  turn: Promise<void>
}

type Answer = (
  request: IncomingMessage,
  response: ServerResponse,
  peer: string | undefined,
) => Promise<void>

/**
 * Serves what the server's connections ask for, one request of a connection at a time. When too many are
 * connected, the oldest silent connection of the address that has most is closed, or its oldest if all are busy.
 */
export function serveGuests(server: Server, answer: Answer): void {
  const guests = new Map<Socket, Guest>()

  server.on('connection', (socket: Socket) => {
    const peer = peerOf(server, socket)
    const isLocal = isLocalPeer(peer)
    const leaving = leaverFor(isLocal, guests)
    if (leaving !== undefined) {
      guests.delete(leaving)
      leaving.destroy()
    }
    guests.set(socket, { peer, isLocal, waiting: 0, turn: Promise.resolve() })
    socket.once('close', () => guests.delete(socket))
  })

  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request
    const guest = guests.get(socket)
    if (guest === undefined || guest.waiting === waitingLimit) {
      socket.destroy()
      return
    }
    guest.waiting++
    guest.turn = guest.turn.then(async () => {
      if (!socket.destroyed) {
        const over = new Promise<void>(resolve => response.once('close', resolve))
        await answer(request, response, guest.peer)
        await over
      }
      guest.waiting--
    })
  })
}

/** Known at once: of a peer that has gone, nobody can tell any more where it was. */
function peerOf(server: Server, socket: Socket): string | undefined {
  const listening: AddressInfo | string | null = server.address()
  return typeof listening === 'string' ? 'unix' : socket.remoteAddress
}

function leaverFor(isLocal: boolean, guests: ReadonlyMap<Socket, Guest>): Socket | undefined {
  const all = [...guests]
  if (all.length >= guestLimit) return oldestOfBusiest(all)
  if (isLocal) return undefined
  const remote = all.filter(([, guest]) => !guest.isLocal)
  return remote.length >= guestLimit - localReserve ? oldestOfBusiest(remote) : undefined
}

/** Of the address that has most connections, the oldest silent one, or the oldest. */
function oldestOfBusiest(guests: readonly (readonly [Socket, Guest])[]): Socket | undefined {
  const counts = new Map<string | undefined, number>()
  for (const [, { peer }] of guests) counts.set(peer, (counts.get(peer) ?? 0) + 1)
  const most = Math.max(...counts.values())
  const theirs = guests.filter(([, { peer }]) => counts.get(peer) === most)
  const [socket] = theirs.find(([, { waiting }]) => waiting === 0) ?? theirs[0] ?? []
  return socket
}

// Who may see traffic and settings: whoever sits at this machine, or knows the token. A web page
// in the browser of that person is somebody else, whichever name it gives this address.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { isLoopbackAddress, isLoopbackHost } from '../terms/loopback.js'

/** What access depends on. */
export interface Asker {
  readonly method: string | undefined
  readonly headers: IncomingHttpHeaders
  /** Address of the peer; undefined on a Unix socket. */
  readonly peer: string | undefined
}

export interface AccessRefusal {
  readonly status: 401 | 403
  readonly reason:
    | 'cross-site'
    | 'wrong-token'
    | 'peer-not-loopback'
    | 'forwarded'
    | 'host-not-loopback'
  readonly message: string
}

/** Undefined when the request may see traffic and settings. */
export function refusePrivate(
  asker: Asker,
  adminToken: string | undefined,
): AccessRefusal | undefined {
  if (isFromAnotherSite(asker)) return refusals['cross-site']
  const { authorization } = asker.headers
  if (adminToken !== undefined && authorization !== undefined) {
    return isToken(authorization, adminToken) ? undefined : refusals['wrong-token']
  }
  return refuseRemote(asker)
}

/** Undefined when the request came from a program on this machine; a token does not help. */
export function refuseRemote(asker: Asker): AccessRefusal | undefined {
  if (isFromAnotherSite(asker)) return refusals['cross-site']
  if (!isLoopbackPeer(asker.peer)) return refusals['peer-not-loopback']
  if (asker.headers.forwarded !== undefined || asker.headers['x-forwarded-for'] !== undefined) {
    return refusals.forwarded
  }
  // A page of another site reaches 127.0.0.1 by rebinding its own name, which is then the Host.
  return namesLoopback(asker.headers.host) ? undefined : refusals['host-not-loopback']
}

const refusals: { readonly [Reason in AccessRefusal['reason']]: AccessRefusal } = {
  'cross-site': {
    status: 403,
    reason: 'cross-site',
    message: 'A page of another site asked. Open this address in a tab of its own.',
  },
  'wrong-token': {
    status: 401,
    reason: 'wrong-token',
    message: 'Send the admin token as "Authorization: Bearer TOKEN".',
  },
  'peer-not-loopback': {
    status: 403,
    reason: 'peer-not-loopback',
    message:
      'Only this machine may see this. Forward the admin port, or set and send an admin token.',
  },
  forwarded: {
    status: 403,
    reason: 'forwarded',
    message: 'Another proxy passed this on for somebody. Ask the admin port itself.',
  },
  'host-not-loopback': {
    status: 403,
    reason: 'host-not-loopback',
    message: 'Use localhost or 127.0.0.1 as the host name, or set and send an admin token.',
  },
}

/** Browsers say where a request comes from; what is no browser says nothing and passes. */
function isFromAnotherSite({ method, headers }: Asker): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    // Following a link shows the person the page; nobody else gets to read it.
    const isLink =
      headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document'
    return !(isLink && (method === 'GET' || method === 'HEAD'))
  }
  const { origin, host } = headers
  return origin !== undefined && origin !== `http://${host}`
}

function isToken(authorization: string, adminToken: string): boolean {
  const [scheme = '', token = ''] = authorization.split(' ')
  return scheme.toLowerCase() === 'bearer' && timingSafeEqual(digest(token), digest(adminToken))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** Without an address it is a Unix socket, and the file's permissions have decided. */
function isLoopbackPeer(address: string | undefined): boolean {
  return address === undefined || isLoopbackAddress(address)
}

function namesLoopback(host = ''): boolean {
  return isLoopbackHost(host.toLowerCase().replace(/:\d{1,5}$/u, ''))
}

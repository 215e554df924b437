// Who may see traffic and settings: a person or program on this machine, or one that knows the token. A web
// page in the browser of that person is somebody else, whatever name it gives this address.
import type { IncomingHttpHeaders } from 'node:http'
import { isLoopbackAddress, isLoopbackHost } from '../terms/loopback.js'
import { isPassedOn } from './passed-on.js'

/** What access depends on. */
export interface Asker {
  readonly method: string | undefined
  readonly httpVersion: string
  readonly headers: IncomingHttpHeaders
  /** Address of the peer, or `unix` on a Unix socket; undefined when the peer is gone already. */
  readonly peer: string | undefined
}

/** What a request shows for itself: the token, a cookie made from it, or neither. */
export type Proof = 'none' | 'right' | 'wrong' | 'too-many-tries'

export interface AccessRefusal {
  readonly status: 401 | 403 | 429
  readonly reason:
    | 'cross-site'
    | 'wrong-token'
    | 'too-many-tries'
    | 'peer-not-loopback'
    | 'forwarded'
    | 'host-not-loopback'
  readonly message: string
}

/** Undefined when the request may see traffic and settings. */
export function refusePrivate(asker: Asker, proof: Proof): AccessRefusal | undefined {
  if (isFromAnotherSite(asker)) return refusals['cross-site']
  if (proof === 'right') return undefined
  if (proof === 'wrong') return refusals['wrong-token']
  return proof === 'too-many-tries' ? refusals[proof] : refuseRemote(asker)
}

/** Undefined when the request came from a program on this machine; a token does not help. */
export function refuseRemote(asker: Asker): AccessRefusal | undefined {
  if (isFromAnotherSite(asker)) return refusals['cross-site']
  if (!isLocalPeer(asker.peer)) return refusals['peer-not-loopback']
  if (isPassedOn(asker.httpVersion, asker.headers)) return refusals.forwarded
  // A page of another site reaches 127.0.0.1 by rebinding its own name, which is then the Host.
  return namesLoopback(asker.headers.host) ? undefined : refusals['host-not-loopback']
}

/** Undefined unless a page of another site asked. */
export function refuseOtherSites(asker: Asker): AccessRefusal | undefined {
  return isFromAnotherSite(asker) ? refusals['cross-site'] : undefined
}

const refusals: { readonly [Reason in AccessRefusal['reason']]: AccessRefusal } = {
  'cross-site': {
    status: 403,
    reason: 'cross-site',
    message: 'A page of another site sent this request. Open this address in a new tab.',
  },
  'wrong-token': {
    status: 401,
    reason: 'wrong-token',
    message: 'This is not the admin token. Send it as "Authorization: Bearer TOKEN".',
  },
  'too-many-tries': {
    status: 429,
    reason: 'too-many-tries',
    message: 'Too many wrong tokens came from this address. Try again in a minute.',
  },
  'peer-not-loopback': {
    status: 403,
    reason: 'peer-not-loopback',
    message:
      'Only this machine may see this. Forward the admin port, or set an admin token and send it.',
  },
  forwarded: {
    status: 403,
    reason: 'forwarded',
    message:
      'This request came through another proxy. Connect to the admin port directly, or send the admin token.',
  },
  'host-not-loopback': {
    status: 403,
    reason: 'host-not-loopback',
    message: 'Use localhost or 127.0.0.1 as the host name, or send the admin token.',
  },
}

/** Browsers say where a request comes from; other programs say nothing and pass. */
function isFromAnotherSite({ method, headers }: Asker): boolean {
  const site = headers['sec-fetch-site']
  if (site === 'same-origin') return false
  if (site !== undefined && site !== 'none') {
    // Following a link shows the page to the person, and to nobody else.
    const isLink =
      headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document'
    return !(isLink && (method === 'GET' || method === 'HEAD'))
  }
  const { origin, host } = headers
  return origin !== undefined && origin !== `http://${host}`
}

export function isLocalPeer(peer: string | undefined): boolean {
  return peer === 'unix' || (peer !== undefined && isLoopbackAddress(peer))
}

function namesLoopback(host = ''): boolean {
  return isLoopbackHost(host.toLowerCase().replace(/:\d{1,5}$/u, ''))
}

// What makes an origin that was seen in traffic one to look at twice before it is allowed.

import { parseOrigin } from '../policy/origin.js'
import { isOneSlip } from '../terms/distance.js'
import { isLoopbackHost } from '../terms/loopback.js'

const grammar = /^([a-z][a-z0-9+.-]*):\/\/(\[[0-9a-f:]+\]|[a-z0-9_.-]+)(?::(\d{1,5}))?$/u

/** An origin this many times rarer than the busiest one is asked about. */
const rarely = 25

interface Parts {
  readonly scheme: string
  readonly host: string
}

/**
 * Why an origin should not be suggested as it stands, in words; undefined when nothing speaks
 * against it. The other origins seen tell a lookalike from what it looks like.
 */
export function doubtAbout(
  origin: string,
  seen: readonly { origin: string; exchanges: number }[],
): string | undefined {
  if (origin === 'null') {
    return 'sandboxed frames, files and redirects of any site send it, so allowing it allows everyone'
  }
  const parts = partsOf(origin)
  if (!parts || parseOrigin(origin) === undefined) return 'it is not an origin that a browser sends'
  const { scheme, host } = parts
  if (isLoopbackHost(host)) return undefined
  if (scheme === 'http') return 'it is plain HTTP, so anyone on the network can speak as it'
  if (/-extension$/u.test(scheme)) return 'it is a browser extension, which may be anyone’s'
  if (/^\d+(?:\.\d+){3}$|^\[/u.test(host)) return 'it is an IP address, which may get another owner'
  if (/(?:^|\.)xn--/u.test(host)) return 'its name has letters that can look like others'
  const own = seen.find(other => other.origin === origin)
  const busiest = seen.reduce((most, other) => (other.exchanges > most.exchanges ? other : most))
  if ((own?.exchanges ?? 0) * rarely < busiest.exchanges) {
    return `it was hardly ever seen, and ${busiest.origin} ${busiest.exchanges} times`
  }
  for (const other of seen) {
    const likened = partsOf(other.origin)?.host
    if (likened === undefined || likened === host || isLoopbackHost(likened)) continue
    if (wears(host, likened)) return `its name contains the host of ${other.origin}`
    if (isOneSlip(host, likened) && !areSiblings(host, likened)) {
      if (other.exchanges >= (own?.exchanges ?? 0))
        return `it is one letter away from ${other.origin}`
    }
  }
  if (/evil|attack|phish|hacke?r/u.test(host)) return 'its name says so itself'
  return undefined
}

function partsOf(origin: string): Parts | undefined {
  const [, scheme, host] = grammar.exec(origin) ?? []
  return scheme !== undefined && host !== undefined ? { scheme, host } : undefined
}

function wears(host: string, other: string): boolean {
  return host.includes(other) && !host.endsWith(`.${other}`)
}

// app1.example.com and app2.example.com have one owner; example.com and exemple.com have not.
function areSiblings(host: string, other: string): boolean {
  const parent = host.slice(host.indexOf('.') + 1)
  return parent.includes('.') && parent === other.slice(other.indexOf('.') + 1)
}

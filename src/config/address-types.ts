// Where to listen, where to forward: addresses, URLs and networks.
import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net'
import { error } from '../terms/finding.js'
import { isLoopbackHost } from '../terms/loopback.js'
import { listOf, splitAtSeparators } from './list-types.js'
import { localUrl, portForHost } from './local-address.js'
import { invalid, type Parsed, scalar, type ValueType, valid } from './value-types.js'

/** Where to listen. */
export type ListenAddress =
  | { readonly host: string; readonly port: number }
  | { readonly path: string }

/** Where requests go. */
export interface Upstream {
  readonly protocol: 'http:' | 'https:' | 'unix:'
  /** Without brackets; empty for a socket path. */
  readonly hostname: string
  readonly port: number
  readonly socketPath: string | undefined
  /** Joined in front of every target: empty, or `/base` without a slash at its end. */
  readonly basePath: string
  /** The whole of it, as text. */
  readonly href: string
}

/** A network of peers, in the words of `net.BlockList`. */
export interface Network {
  readonly address: string
  readonly prefix: number
  readonly family: 'ipv4' | 'ipv6'
}

const localHost = '127.0.0.1'

/** `host:port`, a port alone, `:port` for every interface, or `unix:PATH`. */
export const listenAddress: ValueType<ListenAddress> = scalar<ListenAddress>({
  metavar: 'ADDRESS',
  form: '127.0.0.1:8010, 0.0.0.0:8010, [::1]:8010, or unix:/run/cors-sidecar.sock',
  schema: { anyOf: [{ type: 'string' }, { type: 'integer', minimum: 0, maximum: 65535 }] },
  write: address => addressText(address),
  read(text) {
    if (text.startsWith('unix:')) return socketPath(text)
    const match = /^(?:(?:\[([^\]]*)\]|([^:]*)):)?(-?\d+)$/.exec(text)
    if (match === null)
      return invalid(error('value-invalid', 'is not an address to listen on', listenCure(text)))
    const port = Number(match[3])
    if (port < 0 || port > 65535) {
      return invalid(
        error('value-range', 'has a port out of range', {
          item: text,
          advice: 'A port is a number from 1 to 65535.',
        }),
      )
    }
    const named = match[1] ?? match[2]
    if (named === undefined) return valid({ host: localHost, port })
    const host = named === '' || named === '*' ? '0.0.0.0' : named.toLowerCase()
    if (match[1] !== undefined ? isIPv6(host) : isHostName(host)) return valid({ host, port })
    const reason = 'names a host that is neither an IP address nor a host name'
    return invalid(
      error('value-invalid', reason, { item: text, advice: `Write it like ${localHost}:${port}.` }),
    )
  },
})

/** The one number of `-p` and of `PORT`. */
export const portNumber = (min: 0 | 1): ValueType<number> =>
  scalar<number>({
    metavar: 'PORT',
    form: `a port number from ${min} to 65535`,
    schema: { type: 'integer', minimum: min, maximum: 65535 },
    read(text) {
      const port = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN
      if (port >= min && port <= 65535) return valid(port)
      const reason = `is not a port number from ${min} to 65535`
      return invalid(
        error(Number.isNaN(port) ? 'value-invalid' : 'value-range', reason, { item: text }),
      )
    },
  })

function listenCure(text: string): { item: string; correction?: string } {
  const url = /^https?:\/\/([^/]+)\/?$/.exec(text)?.[1]
  if (url !== undefined) return { item: text, correction: url.includes(':') ? url : `${url}:8010` }
  if (isIPv6(text)) return { item: text, correction: `[${text}]:8010` }
  return isHostName(text) ? { item: text, correction: `${text}:8010` } : { item: text }
}

function socketPath(text: string): Parsed<{ path: string }> {
  const path = text.slice('unix:'.length).replace(/^\/\/(?=\/)/, '')
  if (path === '') {
    return invalid(
      error('value-invalid', 'names no socket', {
        item: text,
        advice: 'Write it like unix:/run/api.sock.',
      }),
    )
  }
  // The kernel keeps 108 bytes for the path, the NUL at its end included.
  return Buffer.byteLength(path) < 108
    ? valid({ path })
    : invalid(
        error('value-range', 'is longer than the 107 bytes a socket path may have', { item: text }),
      )
}

const isHostName = (host: string): boolean =>
  isIP(host) !== 0 ||
  (/^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$/i.test(
    host,
  ) &&
    !/(^|\.)\d+$/.test(host))

/**
 * `http://`, `https://` or `unix:`, or the port of a program on this machine; a base path is kept,
 * everything else of a URL is refused.
 */
export const upstreamUrl: ValueType<Upstream> = scalar<Upstream>({
  metavar: 'URL',
  form: 'http://localhost:5000, https://api.example.com/base, unix:/run/api.sock, or a port of this machine',
  schema: {
    anyOf: [
      { type: 'string', pattern: '^(https?://|unix:|([^/]*:)?[0-9]+(/|$))' },
      { type: 'integer', minimum: 1, maximum: 65535 },
    ],
  },
  write: upstream => upstream.href,
  read(typed) {
    const text = localUrl(typed) ?? typed
    if (text.startsWith('unix:')) {
      const socket = socketPath(text)
      if (!socket.ok) return socket
      const { path } = socket.value
      return valid({
        protocol: 'unix:',
        hostname: '',
        port: 0,
        socketPath: path,
        basePath: '',
        href: `unix:${path}`,
      })
    }
    const refused = urlFault(text)
    if (refused !== undefined) {
      const [reason, more] = refused
      const item = more.item === text ? typed : more.item
      return invalid(error('value-invalid', reason, { ...more, item }))
    }
    const url = new URL(text)
    const protocol = url.protocol === 'https:' ? 'https:' : 'http:'
    const basePath = url.pathname.replace(/\/+$/, '')
    return valid({
      protocol,
      hostname: url.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: url.port === '' ? (protocol === 'https:' ? 443 : 80) : Number(url.port),
      socketPath: undefined,
      basePath,
      href: url.origin + basePath,
    })
  },
})

type UrlFault = [reason: string, more: { item: string; correction?: string; advice?: string }]

function urlFault(text: string): UrlFault | undefined {
  const item = text
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase()
  if (scheme === undefined) {
    const rest = text.replace(/^(?:https?:)?\/*/i, '')
    const guess = `${/:443(?:\/|$)/.test(rest) ? 'https' : 'http'}://${rest.replace(/:443(?=\/|$)/, '')}`
    return [
      'has no scheme',
      URL.canParse(guess) && !/\s/.test(text) ? { item, correction: guess } : { item },
    ]
  }
  const meant = portForHost(text)
  if (meant !== undefined) return ['has a number as its host', { item, correction: meant }]
  if (scheme === 'ws' || scheme === 'wss') {
    const correction = text.replace(/^ws/i, 'http')
    return ['names WebSockets, which go to the same http address', { item, correction }]
  }
  if (scheme !== 'http' && scheme !== 'https') {
    return [`has the scheme ${scheme}, and only http, https and unix can be forwarded to`, { item }]
  }
  if (/[\s\\]/.test(text)) return ['holds white space or a backslash', { item }]
  const rest = text.slice(scheme.length + 3)
  const authority = rest.split(/[/?#]/, 1)[0] ?? ''
  const path = rest.slice(authority.length)
  const bare = (kept: string): { item: string; correction: string } => ({
    item,
    correction: `${scheme}://${kept}`,
  })
  if (authority.includes('@')) {
    const correction = `${scheme}://${authority.slice(authority.lastIndexOf('@') + 1)}${path}`
    return [
      'carries a user name or password',
      {
        item: `${scheme}://…@…`,
        advice: `Write ${correction}, and send the credentials with CORS_SIDECAR_SET_REQUEST_HEADERS='Authorization: …'.`,
      },
    ]
  }
  if (path.includes('#'))
    return ['has a fragment, which no server ever sees', bare(rest.split('#', 1)[0] ?? '')]
  if (path.includes('?')) {
    return ['has a query, and every request brings its own', bare(rest.split('?', 1)[0] ?? '')]
  }
  if (/(^|\/)(\.|%2e){1,2}(\/|$)/i.test(path)) return ['has dot segments in its path', { item }]
  if (/:$/.test(authority)) return ['has a colon but no port', bare(authority.slice(0, -1) + path)]
  if (!URL.canParse(text)) {
    return /:\d+$/.test(authority) && URL.canParse(`${scheme}://${authority.replace(/:\d+$/, '')}`)
      ? ['has a port out of range', { item, advice: 'A port is a number from 1 to 65535.' }]
      : ['is not a URL', { item, advice: 'Write it like http://localhost:5000.' }]
  }
  return new URL(text).port === '0'
    ? ['has port 0, which cannot be connected to', { item }]
    : undefined
}

/** Networks of peers whose forwarding headers are believed. */
export const networks: ValueType<readonly Network[]> = listOf<Network>({
  metavar: 'LIST',
  form: '10.0.0.0/8, fd00::/8, or single addresses',
  item: { type: 'string' },
  write: ({ address, prefix }) => `${address}/${prefix}`,
  split: splitAtSeparators,
  read(item) {
    const text = String(item)
    if (/^(true|false|yes|no|on|off|all|any|\*)$/i.test(text)) {
      return invalid(
        error('value-invalid', 'would trust everybody: any client could then forge its address', {
          item: text,
          advice: 'Name the networks of your proxies, like 10.0.0.0/8.',
        }),
      )
    }
    const [address = '', length] = text.split('/', 2)
    const isAddress = isIPv4(address) || (isIPv6(address) && !address.includes('%'))
    const bits = isIPv4(address) ? 32 : 128
    const prefix =
      length === undefined ? bits : /^\d{1,3}$/.test(length) ? Number(length) : Number.NaN
    if (!isAddress || !(prefix <= bits) || text.split('/').length > 2) {
      return invalid(
        error('value-invalid', 'is not a network', {
          item: text,
          advice: 'Write it like 10.0.0.0/8, fd00::/8 or 192.0.2.7.',
        }),
      )
    }
    if (prefix === 0) {
      return invalid(
        error('value-invalid', 'is the whole internet: any client could then forge its address', {
          item: text,
          advice: 'Name the networks of your proxies, like 10.0.0.0/8.',
        }),
      )
    }
    return valid({ address, prefix, family: bits === 32 ? 'ipv4' : 'ipv6' })
  },
})

/** True for a host that the public internet cannot reach, as far as its name can tell. */
export function isPrivateHost(host: string): boolean {
  if (isLoopbackHost(host)) return true
  if (isIP(host) === 0)
    return !host.includes('.') || /\.(internal|local|lan|home\.arpa)$/.test(host)
  return privateNetworks.check(host, isIPv4(host) ? 'ipv4' : 'ipv6')
}

// https://www.iana.org/assignments/iana-ipv4-special-registry and its IPv6 sibling, those in use.
const privateNetworks = new BlockList()
privateNetworks.addSubnet('10.0.0.0', 8)
privateNetworks.addSubnet('100.64.0.0', 10)
privateNetworks.addSubnet('169.254.0.0', 16)
privateNetworks.addSubnet('172.16.0.0', 12)
privateNetworks.addSubnet('192.168.0.0', 16)
privateNetworks.addSubnet('fc00::', 7, 'ipv6')
privateNetworks.addSubnet('fe80::', 10, 'ipv6')

/** `host:port` or `unix:PATH`, as it would be written. */
export const addressText = (address: ListenAddress): string => {
  if ('path' in address) return `unix:${address.path}`
  const host = address.host.includes(':') ? `[${address.host}]` : address.host
  return `${host}:${address.port}`
}

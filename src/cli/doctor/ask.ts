// Sends the doctor's requests, one after the other: a doctor is no load test. What has no body goes by the
// client of the proxy, so that both find the same servers well; a body is undici's to frame and to send.
import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'
import { Agent, type Dispatcher, request } from 'undici'
import { ask as askAsProxy } from '../../proxy/http1/ask.js'
import { cachedLookup } from '../../proxy/http1/lookup.js'
import { destinationOf } from '../../proxy/message/address.js'
import { fieldPairs } from '../../terms/fields.js'
import { isLoopbackName } from '../../terms/loopback.js'
import { failureRow } from '../../terms/upstream-failure.js'
import type { Answer } from '../../why/answer.js'
import type { Ask } from './journey.js'

export interface Asker {
  readonly ask: Ask
  close(): Promise<void>
}

const patienceMs = 10_000
const bodyLimit = 64 * 1024
/** As long as the proxy takes one by default. */
const headLimit = 64 * 1024
/** Ten a second at most, to servers that are not the asker's own. */
const betweenMs = 102

type Sent = Readonly<Record<string, string>>

const usualHeaders: Sent = {
  accept: '*/*',
  'accept-encoding': 'gzip, deflate, br',
  'user-agent': 'cors-sidecar-doctor',
}

/** Asks with patience and at a pace; a host that is neither this machine nor private is spared. */
export function createAsker(
  allowsUntrusted: boolean,
  isOwnHost: (hostname: string) => Promise<boolean> = isNear,
): Asker {
  const lookup = cachedLookup()
  const dispatcher = new Agent({
    connect: {
      timeout: patienceMs,
      rejectUnauthorized: !allowsUntrusted,
    },
    headersTimeout: patienceMs,
    bodyTimeout: patienceMs,
    maxHeaderSize: headLimit,
  })
  const near = new Map<string, Promise<boolean>>()
  let next = 0

  const pace = async (host: string) => {
    const known = near.get(host) ?? isOwnHost(host)
    near.set(host, known)
    if (await known) return
    const now = performance.now()
    const at = Math.max(now, next)
    next = at + betweenMs
    if (at > now) await new Promise(done => setTimeout(done, at - now))
  }

  const askWithoutBody = async (url: URL, method: string, headers: Sent): Promise<Answer> => {
    const protocol = url.protocol === 'https:' ? 'https:' : 'http:'
    const port = Number(url.port || (protocol === 'https:' ? 443 : 80))
    const hostname = url.hostname.replace(/^\[|\]$/g, '')
    const address = { protocol, hostname, port, socketPath: undefined, basePath: '' } as const
    const { host = url.host, ...others } = headers
    const fields = ['Host', host, ...Object.entries(others).flat(), 'Connection', 'close']
    const outcome = await askAsProxy(
      {
        ...{ destination: destinationOf(address, { insecure: allowsUntrusted }), lookup },
        ...{ isContainer: false, timeoutMs: patienceMs },
        reading: { maxHeadSize: headLimit, isStrict: false },
      },
      { method, target: url.pathname + url.search, fields },
    )
    if ('failure' in outcome) {
      const happened = failureRow(outcome.failure).happened.replace(/\.$/, '')
      return { failure: `${happened} (${outcome.detail})` }
    }
    const lines = new Map<string, string[]>()
    for (const [name, value] of fieldPairs(outcome.fields)) {
      const known = lines.get(name.toLowerCase())
      if (known === undefined) lines.set(name.toLowerCase(), [value])
      else known.push(value)
    }
    return { status: outcome.status, headers: lines }
  }

  const askWithBody = async (
    url: URL,
    method: string,
    headers: Sent,
    body: string,
  ): Promise<Answer> => {
    const response = await request(url, {
      dispatcher,
      method: method as Dispatcher.HttpMethod,
      headers,
      body,
      signal: AbortSignal.timeout(patienceMs),
    })
    // Only the head matters; an endless body is cut and its fault is not ours.
    response.body.on('error', () => undefined)
    await response.body.dump({ limit: bodyLimit }).catch(() => undefined)
    const lines = Object.entries(response.headers).map(
      ([name, value]) => [name, [value ?? ''].flat()] as const,
    )
    return { status: response.statusCode, headers: new Map(lines) }
  }

  return {
    async ask({ url, method, headers, body }) {
      await pace(url.hostname)
      const sent = { ...usualHeaders, ...headers }
      try {
        return body === undefined
          ? await askWithoutBody(url, method, sent)
          : await askWithBody(url, method, sent, body)
      } catch (error) {
        return { failure: failureText(error) }
      }
    },
    close: () => dispatcher.close(),
  }
}

/** Asks the same thing once: with and without cookies, a browser often sends the same. */
export function remembering(ask: Ask): Ask {
  const answers = new Map<string, Promise<Answer>>()
  return sent => {
    const key = JSON.stringify([sent.method, sent.url.href, sent.headers, sent.body])
    const known = answers.get(key) ?? ask(sent)
    answers.set(key, known)
    return known
  }
}

function failureText(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error && typeof error.code === 'string' ? `${error.code}: ` : ''
  return `${code}${error.message || error.name}`
}

/** This machine and private networks: RFC 1918, RFC 4193, RFC 6598, RFC 3927, RFC 4291. */
const ownNetworks = new BlockList()
for (const [network, prefix] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
  ['100.64.0.0', 10],
] as const) {
  ownNetworks.addSubnet(network, prefix, 'ipv4')
}
ownNetworks.addAddress('::1', 'ipv6')
ownNetworks.addSubnet('fc00::', 7, 'ipv6')
ownNetworks.addSubnet('fe80::', 10, 'ipv6')

/** Whether a host is loopback or private, by every address that it has. */
export async function isNear(
  hostname: string,
  resolve: (host: string) => Promise<readonly string[]> = addressesOf,
): Promise<boolean> {
  const host = hostname.replace(/^\[|\]$/g, '')
  if (isLoopbackName(host)) return true
  const addresses = isIP(host) === 0 ? await resolve(host) : [host]
  return addresses.length > 0 && addresses.every(isOwn)
}

function isOwn(address: string): boolean {
  return ownNetworks.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

/** None where the name is unknown: then the request fails and says so. */
async function addressesOf(host: string): Promise<readonly string[]> {
  const found = await lookup(host, { all: true }).catch(() => [])
  return found.map(({ address }) => address)
}

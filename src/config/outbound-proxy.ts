// The value of outboundProxy.
import { error } from '../terms/finding.js'
import { noProxies, type OutboundProxies, type OutboundProxy } from '../terms/outbound-proxy.js'
import { withoutUser } from '../terms/secrets.js'
import type { Masking } from './option.js'
import { invalid, type Parsed, scalar, type ValueType, valid } from './value-types.js'

/** A URL, `env` or `off`. What the environment says is filled in by `proxy-variables.ts`. */
export const outboundProxy: ValueType<OutboundProxies> = scalar<OutboundProxies>({
  metavar: 'URL',
  form: 'http://proxy.example:3128, env, or off',
  schema: { anyOf: [{ enum: ['off', 'env'] }, { type: 'string' }] },
  write: ({ from, http }) => (from === 'url' ? http?.href : from),
  read(text) {
    const word = text.toLowerCase()
    if (word === 'off' || word === 'env') return valid({ ...noProxies, from: word })
    const proxy = readProxy(text)
    return proxy.ok
      ? valid({ ...noProxies, from: 'url', http: proxy.value, https: proxy.value })
      : proxy
  },
})

/** The user's name is no secret: it would be masked wherever that word stands. */
export const masking: Masking<OutboundProxies> = {
  shown: ({ from, http }) => (from === 'url' ? withoutUser(http?.href ?? '') : from),
  secrets: ({ http, https }) => [http, https].flatMap(secretsOf),
}

function secretsOf(proxy: OutboundProxy | undefined): string[] {
  if (proxy?.authorization === undefined) return []
  const { password } = new URL(proxy.href)
  return [proxy.authorization.replace('Basic ', ''), password, decodeURIComponent(password)]
}

/** A proxy by its URL; the scheme may be left out. */
export function readProxy(text: string): Parsed<OutboundProxy> {
  const wrong = (reason: string, more: { correction?: string; advice?: string } = {}) =>
    invalid(error('value-invalid', reason, { item: withoutUser(text), ...more }))
  const [, scheme = 'http'] = /^([a-z][a-z0-9+.-]*):\/\//iu.exec(text) ?? []
  const kind = scheme.toLowerCase()
  if (kind !== 'http') {
    const reason = `speaks ${kind}, and only a proxy that is asked over http can be used`
    return wrong(reason, {
      advice: 'Write http://: it is asked for https upstreams by CONNECT, all the same.',
    })
  }
  const whole = text.includes('://') ? text : `http://${text}`
  if (/[\s\\]/u.test(text) || !URL.canParse(whole)) {
    return wrong('is not a URL', { advice: 'Write it like http://proxy.example:3128, or env.' })
  }
  const url = new URL(whole)
  const rest = url.pathname + url.search + url.hash
  if (rest !== '/') {
    const correction = withoutUser(whole.slice(0, whole.length - rest.length) || whole)
    return wrong('has a path or a query, and a proxy has none', { correction })
  }
  if (url.port === '0') return wrong('has port 0, which cannot be connected to')
  const hasUser = url.username !== '' || url.password !== ''
  const user = [url.username, url.password].map(percentRead)
  if (user.includes(undefined)) return wrong('has a percent sign that encodes nothing')
  // https://www.rfc-editor.org/rfc/rfc7617#section-2
  if (user[0]?.includes(':') || /[\0-\x1f\x7f]/u.test(user.join(''))) {
    return wrong('has a user name with a colon, or a control character, which Basic cannot carry')
  }
  return valid({
    hostname: url.hostname.replace(/^\[(.*)\]$/u, '$1'),
    port: url.port === '' ? 80 : Number(url.port),
    authorization: hasUser ? `Basic ${Buffer.from(user.join(':')).toString('base64')}` : undefined,
    href: url.href.replace(/\/$/u, ''),
  })
}

function percentRead(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** The proxies that upstreams may be reached through, as they may be shown. */
export const shownProxies = ({ http, https }: OutboundProxies): readonly string[] => [
  ...new Set([http, https].flatMap(proxy => (proxy ? [withoutUser(proxy.href)] : []))),
]

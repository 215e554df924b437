// What curl and its like read of proxies, for `outboundProxy: env`.
import { isIP } from 'node:net'
import { type Finding, warning } from '../terms/finding.js'
import { type OutboundProxies, type ProxyException, proxyTo } from '../terms/outbound-proxy.js'
import type { Upstream } from './address-types.js'
import type { OptionFinding } from './option-finding.js'
import { readProxy } from './outbound-proxy.js'
import type { Variables } from './sources.js'

/** What is wrong with a variable, under its name. */
interface VariableFinding {
  readonly name: string
  readonly finding: Finding
}

/** The proxies of the environment, in lower case or upper; the lower case counts first, as in curl. */
export function readProxyVariables(env: Variables): {
  readonly proxies: OutboundProxies
  readonly findings: readonly VariableFinding[]
} {
  const findings: VariableFinding[] = []
  const named = (name: string) =>
    [name.toLowerCase(), name].find(spelt => (env[spelt] ?? '').trim() !== '')
  const proxyIn = (variable: string) => {
    const name = named(variable)
    if (name === undefined) return undefined
    const read = readProxy((env[name] ?? '').trim())
    findings.push(...read.findings.map(finding => ({ name, finding })))
    return read.ok ? read.value : undefined
  }
  const [http, https] = [proxyIn('HTTP_PROXY'), proxyIn('HTTPS_PROXY')]
  const name = named('NO_PROXY')
  const { except, unread } = readExceptions(name === undefined ? '' : (env[name] ?? ''))
  for (const item of unread) {
    const reason = 'is no host, address or network, and excepts nothing'
    findings.push({ name: name ?? '', finding: warning('value-invalid', reason, { item }) })
  }
  return { proxies: { from: 'env', http, https, except }, findings }
}

/** https://curl.se/libcurl/c/CURLOPT_NOPROXY.html, and a port behind a host as Go and undici have it. */
function readExceptions(text: string): {
  readonly except: readonly ProxyException[] | '*'
  readonly unread: readonly string[]
} {
  const items = text.split(/[\s,]+/u).filter(item => item !== '')
  if (items.includes('*')) return { except: '*', unread: [] }
  const read = items.map(item => [item, readException(item.toLowerCase())] as const)
  return {
    except: read.flatMap(([, exception]) => exception ?? []),
    unread: read.flatMap(([item, exception]) => (exception === undefined ? [item] : [])),
  }
}

function readException(item: string): ProxyException | undefined {
  // An IPv6 address without brackets has colons of its own, and no port behind it.
  const isBare = isIP(item.replace(/\/.*$/u, '')) === 6
  const [, place = item, port] = isBare ? [] : (/^(.*?)(?::(\d{1,5}))?$/u.exec(item) ?? [])
  const [name = '', bits, ...more] = place.replace(/[[\]]/gu, '').split('/')
  const host = name.replace(/^\*?\./u, '').replace(/\.$/u, '')
  const family = isIP(host)
  const most = family === 4 ? 32 : 128
  const prefix = family === 0 ? undefined : Number(bits ?? most)
  const isName = family === 0 && bits === undefined && /^[^\s*:]+$/u.test(host)
  const isNetwork = prefix !== undefined && prefix >= 0 && prefix <= most
  if (more.length > 0 || !(isName || isNetwork)) return undefined
  return { host, prefix, port: port === undefined ? undefined : Number(port) }
}

interface Proxied {
  readonly outboundProxy: OutboundProxies
  readonly upstream?: Upstream | undefined
  readonly routes: readonly { readonly upstream: Upstream }[]
}

/** A proxy that nothing goes through: as a rule something else was meant. */
export function checkOutboundProxy({ outboundProxy, upstream, routes }: Proxied): OptionFinding[] {
  const upstreams = [...(upstream ? [upstream] : []), ...routes.map(route => route.upstream)]
  const { from, http, https } = outboundProxy
  if (from === 'off' || upstreams.some(one => proxyTo(one, outboundProxy))) return []
  const why =
    from === 'env' && http === undefined && https === undefined
      ? 'the environment has neither HTTPS_PROXY nor HTTP_PROXY'
      : from === 'env'
        ? 'no upstream is one that HTTPS_PROXY, HTTP_PROXY and NO_PROXY send through a proxy'
        : 'every upstream is on this machine, which the proxy is not'
  const option = 'outboundProxy'
  return [{ option, severity: 'info', code: 'conflict', reason: `has no effect: ${why}` }]
}

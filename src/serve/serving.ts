import { randomBytes } from 'node:crypto'
import { BlockList, isIP } from 'node:net'
import type { ProbedUpstream } from '../admin/upstream-probe.js'
import type { Settings } from '../config/options.js'
import type { PolicySet } from '../policy/policy.js'
import { compileHosts, compileLocalHosts, type ServesHost } from '../policy/served-hosts.js'
import type { ExchangeRules } from '../proxy/exchange/rules.js'
import type { ServingBase, ServingState } from '../proxy/exchange/serving-state.js'
import type { UpstreamAddress } from '../proxy/message/address.js'
import {
  compileRequestKinds,
  compileRequestNames,
  compileResponseNames,
} from '../proxy/message/field-kinds.js'
import { compileRoutes, type RouteSettings } from '../proxy/message/route.js'
import { isLoopbackHost } from '../terms/loopback.js'

/** Compiles settings and policies into what requests are served by, all at once. */
export function compileServing(
  settings: Settings,
  policies: PolicySet,
  base: ServingBase,
): ServingState {
  const rules = compileRules(settings)
  return { rules, policies, routes: compileRoutes(routeSettings(settings)), base }
}

/** Every route, the upstream for all other paths included. */
export function routeSettings({ upstream, routes, hostHeader }: Settings): RouteSettings[] {
  const rest: RouteSettings[] =
    upstream === undefined ? [] : [{ prefix: '/', upstream, stripPrefix: false, hostHeader }]
  return [...routes, ...rest]
}

/** The route table as `prefix=upstream`, longest prefix first; undefined without routes. */
export function routeTable({ upstream, routes }: Settings): readonly string[] | undefined {
  if (routes.length === 0) return undefined
  const rest = upstream === undefined ? [] : [{ prefix: '/', upstream }]
  return [...routes, ...rest].map(route => `${route.prefix}=${route.upstream.href}`)
}

/** What tells this process from every other one, a second sidecar on the way included. */
const loopMark = `cors-sidecar;id=${randomBytes(4).toString('hex')}`

function compileRules(settings: Settings): ExchangeRules {
  const requestIdHeader = settings.requestIdHeader.toLowerCase()
  const via = settings.via?.toLowerCase()
  const requestFields = settings.setRequestHeaders
  const responseFields = settings.setResponseHeaders
  return {
    kindOf: compileRequestKinds(requestIdHeader),
    requestIdHeader,
    maxHeaderLines: settings.maxHeaderLines,
    maxHeaderSize: settings.maxHeaderSize,
    maxBodySize: settings.maxBodySize,
    via: via === 'off' ? undefined : (via ?? 'cors-sidecar'),
    requestVia: via === 'off' ? undefined : via,
    loopMark,
    isTrustedPeer: trustOf(settings.trustProxy),
    servesHost: servedHosts(settings),
    forwardedHeaders: settings.forwardedHeaders,
    setRequestHeaders: requestFields.flatMap(({ name, value }) => [name, value]),
    isSetRequestField: compileRequestNames(requestFields.map(({ name }) => name)),
    setResponseHeaders: responseFields.flatMap(({ name, value }) => [name, value]),
    dropsResponseField: compileResponseNames([
      ...responseFields.map(({ name }) => name),
      ...settings.removeResponseHeaders,
    ]),
    rewriteLocation: settings.rewriteLocation,
    cookieRewrite: settings.cookieRewrite,
    cookiePath: settings.cookiePath,
    tellsHttps: settings.cookieRewrite === 'dev',
    websockets: settings.websockets,
    reading: { maxHeadSize: settings.maxUpstreamHeaderSize, isStrict: settings.strictUpstream },
    connectTimeout: settings.connectTimeout,
    upstreamTimeout: settings.upstreamTimeout,
    upstreamIdleTimeout: settings.upstreamIdleTimeout,
    upgradeIdleTimeout: settings.upgradeIdleTimeout,
    requestIdleTimeout: settings.requestIdleTimeout,
    responseIdleTimeout: settings.responseIdleTimeout,
    retries: settings.retries,
    debugHeaders: settings.debugHeaders,
  }
}

/** On an address that others reach, the names are theirs to choose; nobody else leads to this machine. */
export function servedHosts({ allowHosts, allowOrigins, listen }: Settings): ServesHost {
  if (allowHosts !== undefined) return compileHosts(allowHosts)
  const isLocal = 'path' in listen || isLoopbackHost(listen.host)
  return isLocal ? compileLocalHosts(allowOrigins) : compileHosts(['*'])
}

/** Whether a peer is one whose forwarding headers are believed; one on a unix socket never is. */
function trustOf(networks: Settings['trustProxy']): (address: string) => boolean {
  if (networks.length === 0) return () => false
  const trusted = new BlockList()
  for (const { address, prefix, family } of networks) trusted.addSubnet(address, prefix, family)
  return address => {
    const family = isIP(address)
    return family !== 0 && trusted.check(address, family === 4 ? 'ipv4' : 'ipv6')
  }
}

/** The upstream as the probe asks it; without one for all paths, the first route's. */
export function probedUpstream(settings: Settings): ProbedUpstream {
  const upstream = (settings.upstream ?? settings.routes[0]?.upstream) as UpstreamAddress
  const { protocol, hostname, port, socketPath, basePath } = upstream
  const host = hostname.includes(':') ? `[${hostname}]` : hostname
  return {
    origin: socketPath === undefined ? `${protocol}//${host}:${port}` : 'http://localhost',
    path: `${basePath}/`,
    ...(socketPath === undefined ? {} : { socketPath }),
    ...upstreamCertificates(settings),
    isUnverified: settings.upstreamInsecure,
  }
}

/** By what upstreams are verified, and what they are shown. */
export function upstreamCertificates({ upstreamCa, upstreamCert, upstreamKey }: Settings) {
  return {
    ...(upstreamCa && { ca: upstreamCa.text }),
    ...(upstreamCert && { cert: upstreamCert.text }),
    ...(upstreamKey && { key: upstreamKey.text }),
  }
}

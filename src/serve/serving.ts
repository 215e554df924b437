import { randomBytes } from 'node:crypto'
import { BlockList, isIP } from 'node:net'
import type { Settings } from '../config/options.js'
import type { PolicySet } from '../policy/policy.js'
import { compileHosts, compileLocalHosts, type ServesHost } from '../policy/served-hosts.js'
import type { ExchangeRules } from '../proxy/exchange/rules.js'
import type { ServingBase, ServingState } from '../proxy/exchange/serving-state.js'
import { cachedLookup } from '../proxy/http1/lookup.js'
import type { ReadingRules } from '../proxy/http1/response-sink.js'
import type { UpstreamTls } from '../proxy/message/address.js'
import {
  compileRequestKinds,
  compileRequestNames,
  compileResponseNames,
} from '../proxy/message/field-kinds.js'
import { compileRoutes, type Route, type RouteSettings, sentHost } from '../proxy/message/route.js'
import { isLoopbackHost } from '../terms/loopback.js'
import type { ProbedUpstream } from './upstream-probe.js'

/** Settings and the policies that they compile to: what is swapped in one step. */
export interface Configuration {
  readonly settings: Settings
  readonly policies: PolicySet
  /** Whether this process has a `localhost` that no other program shares. */
  readonly isContainer: boolean
}

/** Compiles settings and policies into what requests are served by, all at once. */
export function compileServing(configuration: Configuration, base: ServingBase): ServingState {
  const { settings, policies } = configuration
  const routes = routesOf(settings)
  return { rules: compileRules(configuration), policies, routes, base }
}

function routesOf(settings: Settings): readonly Route[] {
  return compileRoutes(routeSettings(settings), upstreamTls(settings), settings.outboundProxy)
}

/** Every route, the upstream for all other paths included. */
function routeSettings({ upstream, routes, hostHeader }: Settings): RouteSettings[] {
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

/** https://fetch.spec.whatwg.org/#cross-origin-resource-policy-header */
const resourcePolicy = (corp: Settings['corp']) =>
  corp === 'off' ? [] : [{ name: 'Cross-Origin-Resource-Policy', value: corp }]

function compileRules({ settings, isContainer }: Configuration): ExchangeRules {
  const requestIdHeader = settings.requestIdHeader.toLowerCase()
  const via = settings.via?.toLowerCase()
  const requestFields = settings.setRequestHeaders
  const responseFields = [...settings.setResponseHeaders, ...resourcePolicy(settings.corp)]
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
    reading: readingRules(settings),
    isContainer,
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

/** Every upstream as the probe asks it, first the one for all other paths; without it, the first route's. */
export function probedUpstreams({ settings, isContainer }: Configuration): ProbedUpstream[] {
  const asked = {
    lookup: cachedLookup(),
    isContainer,
    reading: readingRules(settings),
  }
  const routes = routesOf(settings).map(route => ({
    ...asked,
    destination: route.destination,
    target: `${route.upstream.basePath}/`,
    host: sentHost(route, undefined),
  }))
  const main = settings.upstream ?? settings.routes[0]?.upstream
  const isMain = ({ destination }: ProbedUpstream) => Number(destination.address === main)
  return routes.sort((a, b) => isMain(b) - isMain(a))
}

function readingRules({ maxUpstreamHeaderSize, strictUpstream }: Settings): ReadingRules {
  return { maxHeadSize: maxUpstreamHeaderSize, isStrict: strictUpstream }
}

/** By what upstreams are verified, and what they are shown. */
export function upstreamTls(settings: Settings): UpstreamTls {
  const { upstreamCa, upstreamCert, upstreamKey, upstreamInsecure } = settings
  return {
    ...(upstreamCa && { ca: upstreamCa.text }),
    ...(upstreamCert && { cert: upstreamCert.text }),
    ...(upstreamKey && { key: upstreamKey.text }),
    insecure: upstreamInsecure,
  }
}

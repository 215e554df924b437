import { createRequire } from 'node:module'
import util from 'node:util'
import type HttpProxy from 'http-proxy'
import type { Route } from '../message/route.js'
import type { ActiveExchange } from './active-exchange.js'

/** Carries an exchange to a route's upstream and back. */
export type Forward = (exchange: ActiveExchange, route: Route) => void

/** The pass names of http-proxy 1.18.1; another set means another package than the one tested. */
const webPassNames = 'deleteLength,timeout,XHeaders,stream'
const wsPassNames = 'checkMethodAndHeader,XHeaders,stream'

interface ProxyWithPasses extends HttpProxy {
  webPasses: Pass[]
  wsPasses: Pass[]
  before(type: 'web' | 'ws', passName: string, pass: Pass): void
}

type Pass = (req: unknown, res: unknown, options: Carried) => true

/** What comes out of the pipeline as it went in. */
interface Carried extends HttpProxy.ServerOptions {
  readonly exchange: ActiveExchange
  readonly route: Route
}

/**
 * http-proxy with one pass of ours in place of its own: as published they reframe bodies, forward
 * hop-by-hop fields and die on hostile input (see docs/decisions/0001). What comes back hands an exchange to
 * the pipeline, which calls `forward` with it. Throws when the package's pipeline is not the one
 * that this was written for.
 */
export function throughHttpProxy(forward: Forward): Forward {
  const proxy = loadHttpProxy().createProxyServer() as ProxyWithPasses
  const found = [namesOf(proxy.webPasses), namesOf(proxy.wsPasses)]
  if (found[0] !== webPassNames || found[1] !== wsPassNames) {
    throw new Error(`http-proxy has other passes than expected: ${found.join(' and ')}`)
  }
  const pass: Pass = (_req, _res, { exchange, route }) => {
    forward(exchange, route)
    return true
  }
  proxy.before('web', 'stream', pass)
  proxy.before('ws', 'stream', pass)
  proxy.webPasses = proxy.webPasses.filter(one => one === pass)
  proxy.wsPasses = proxy.wsPasses.filter(one => one === pass)
  return (exchange, route) => {
    const carried: Carried = { target: destination, exchange, route }
    // Of request and response our pass asks nothing: the exchange has them.
    if (exchange.client.upgrade === undefined) proxy.web(placeholder, placeholder, carried)
    else proxy.ws(placeholder, placeholder, placeholder, carried)
  }
}

/** The package insists on a target; ours is the route's. */
const destination = { protocol: 'http:', host: 'by-route', port: '0' }
const placeholder = {} as never

function namesOf(passes: readonly Pass[]): string {
  return passes.map(pass => pass.name).join(',')
}

/**
 * The package captures `util._extend` while it loads, and calling that prints a deprecation
 * warning on Node 22 and later; `Object.assign` does the same.
 */
function loadHttpProxy(): typeof HttpProxy {
  const holder = util as unknown as { _extend: unknown }
  const original = Object.getOwnPropertyDescriptor(util, '_extend')
  Object.defineProperty(holder, '_extend', {
    value: Object.assign,
    configurable: true,
    writable: true,
    enumerable: true,
  })
  try {
    return createRequire(import.meta.url)('http-proxy')
  } finally {
    if (original !== undefined) Object.defineProperty(holder, '_extend', original)
  }
}

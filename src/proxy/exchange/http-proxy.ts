import { createRequire } from 'node:module'
import util from 'node:util'
import type HttpProxy from 'http-proxy'
import type { Flight } from './flight.js'

/** What carries an exchange once http-proxy has handed it over. */
export interface ForwardingPasses {
  readonly web: (flight: Flight) => void
  readonly upgrade: (flight: Flight) => void
}

/** Sends an exchange through http-proxy's pipeline. */
export interface Pipeline {
  readonly web: (flight: Flight) => void
  readonly upgrade: (flight: Flight) => void
}

/** The pass names of http-proxy 1.18.1; another set means another package than the one tested. */
const webPassNames = 'deleteLength,timeout,XHeaders,stream'
const wsPassNames = 'checkMethodAndHeader,XHeaders,stream'

interface ProxyWithPasses extends HttpProxy {
  webPasses: Pass[]
  wsPasses: Pass[]
  before(type: 'web' | 'ws', passName: string, pass: Pass): void
}

type Pass = (req: unknown, res: unknown, options: { readonly flight: Flight }) => true

/**
 * http-proxy with one streaming pass of ours in front of each of its own, which are taken out: as
 * published they reframe bodies, forward hop-by-hop fields and die on hostile input (see the
 * README). Throws when the package's pipeline is not the one that this was written for.
 */
export function createPipeline(passes: ForwardingPasses): Pipeline {
  const proxy = loadHttpProxy().createProxyServer() as ProxyWithPasses
  const found = [namesOf(proxy.webPasses), namesOf(proxy.wsPasses)]
  if (found[0] !== webPassNames || found[1] !== wsPassNames) {
    throw new Error(`http-proxy has other passes than expected: ${found.join(' and ')}`)
  }
  proxy.before('web', 'stream', function streamWeb(_req, _res, { flight }) {
    passes.web(flight)
    return true
  })
  proxy.before('ws', 'stream', function streamUpgrade(_req, _socket, { flight }) {
    passes.upgrade(flight)
    return true
  })
  proxy.webPasses = proxy.webPasses.filter(pass => pass.name === 'streamWeb')
  proxy.wsPasses = proxy.wsPasses.filter(pass => pass.name === 'streamUpgrade')
  return {
    web: flight => proxy.web(flight.req, flight.res, optionsFor(flight)),
    upgrade: flight => {
      const { socket, head } = flight.upgrade as NonNullable<Flight['upgrade']>
      proxy.ws(flight.req, socket, head, optionsFor(flight))
    },
  }
}

function optionsFor(flight: Flight): HttpProxy.ServerOptions {
  // The package insists on a target; ours is the route's, which the pass takes from the flight.
  const options = { target: destination, flight }
  return options
}

const destination = { protocol: 'http:', host: 'by-route', port: '0' }

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

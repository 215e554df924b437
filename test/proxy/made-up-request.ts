// Request heads without a connection: what Node's parser would have handed over.

import { compileRequestKinds } from '../../src/proxy/message/field-kinds.js'
import {
  type HeadRules,
  type ReceivedHead,
  RequestHead,
} from '../../src/proxy/message/request-head.js'
import { compileRoutes, type Route, type RouteSettings } from '../../src/proxy/message/route.js'
import type { UpstreamRequestRules } from '../../src/proxy/message/upstream-request.js'

export interface MadeUpRequest {
  readonly method?: string
  readonly target?: string
  /** Field lines, `Name: value`; `Host: api.test` stands before them unless one is a Host. */
  readonly lines?: readonly string[]
  readonly version?: ReceivedHead['version']
  readonly peer?: string | undefined
  readonly isTls?: boolean
}

export const headRules: HeadRules = {
  kindOf: compileRequestKinds('x-request-id'),
  maxHeaderLines: 100,
  maxHeaderSize: 16_384,
  maxBodySize: undefined,
  via: 'cors-sidecar',
  loopMark: 'cors-sidecar;id=1',
  isTrustedPeer: peer => peer === '10.0.0.9',
  servesHost: () => true,
}

export const trustedPeer = '10.0.0.9'

/** Flat name/value pairs from `Name: value` lines. */
export function flat(lines: readonly string[]): string[] {
  return lines.flatMap(line => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon), line.slice(colon + 1).trim()]
  })
}

/** `Name: value` lines from flat pairs, as a test compares them. */
export function asLines(fields: readonly string[]): string[] {
  return fields.flatMap((part, at) => (at % 2 === 0 ? [`${part}: ${fields[at + 1]}`] : []))
}

export function madeUpMessage(made: MadeUpRequest = {}): ReceivedHead {
  const { method = 'GET', target = '/p', lines = [], version = 11 } = made
  const hasHost = lines.some(line => /^host:/i.test(line)) || version === 10
  return {
    method,
    target,
    rawHeaders: flat(hasHost ? lines : ['Host: api.test', ...lines]),
    version,
    peerAddress: 'peer' in made ? made.peer : '192.0.2.7',
    isEncrypted: made.isTls === true,
    hasUnsizedBody: false,
  }
}

export function madeUpHead(made: MadeUpRequest = {}, rules: Partial<HeadRules> = {}): RequestHead {
  return new RequestHead(madeUpMessage(made), { ...headRules, ...rules })
}

export function madeUpRoute(changed: Partial<RouteSettings> & { basePath?: string } = {}): Route {
  const { basePath = '', ...settings } = changed
  const upstream = {
    protocol: 'http:',
    hostname: 'up.test',
    port: 8080,
    socketPath: undefined,
    basePath,
  } as const
  const route = { prefix: '/', upstream, stripPrefix: false, hostHeader: 'client', ...settings }
  return compileRoutes([route], { insecure: false })[0] as Route
}

export const upstreamRules: UpstreamRequestRules = {
  kindOf: headRules.kindOf,
  forwardedHeaders: 'set',
  tellsHttps: false,
  requestVia: undefined,
  loopMark: headRules.loopMark,
  requestIdHeader: 'x-request-id',
  setRequestHeaders: [],
  isSetRequestField: () => false,
}

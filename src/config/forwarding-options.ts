// The option table, second part: forwarding to the upstream.
import { networks, upstreamUrl } from './address-types.js'
import { duration, size } from './amount-types.js'
import { fieldNames, headerFields } from './list-types.js'
import { option, words } from './option.js'
import { masking, outboundProxy } from './outbound-proxy.js'
import { pemFile } from './pem-file.js'
import { hostHeader, routeList } from './structure-types.js'
import { boolean, integer, oneOf, orWord, token } from './value-types.js'

const forwarding = { group: 'forwarding', reload: 'restart' } as const
const live = { ...forwarding, reload: 'live' } as const

const framing = new Set(
  `connection content-length expect keep-alive proxy-connection te trailer transfer-encoding
  upgrade`.split(/\s+/),
)
const framingFault = 'decides where a message ends or who it is for, so the program sets it'

const requestHeaderFault = (name: string): string | undefined => {
  if (framing.has(name)) return framingFault
  if (name === 'host') return 'is set by the option host-header'
  if (name === 'origin') return 'is set by the option upstream-origin'
  if (name === 'cdn-loop') return 'is how the program detects loops, so the program sets it'
  return undefined
}

const responseHeaderFault = (name: string): string | undefined => {
  if (framing.has(name)) return framingFault
  if (name.startsWith('access-control-') || name === 'timing-allow-origin') {
    return 'belongs to the policy: use the policy options'
  }
  if (name === 'vary') return 'is merged by the policy, which a fixed value would undo'
  return undefined
}

const removalFault = (name: string): string | undefined => {
  if (name === 'via') return 'is added by the option via: use via off'
  if (name.startsWith('sec-websocket-')) return 'opens WebSockets'
  return responseHeaderFault(name)
}

export const forwardingOptions = {
  upstream: option({
    ...forwarding,
    alsoCalled: words(
      'target proxy P backend backend-url to url destination forward forward-to api api-url upstream-url upstreams server origin-server',
    ),
    type: upstreamUrl,
    short: 'u',
    defaultText: 'none; required unless every path has a route',
    example: 'http://localhost:5000',
    describe:
      'The API that gets the requests; also the first argument. Its path goes before the path of a request.',
  }),
  routes: option({
    ...forwarding,
    brief: { usage: '--route /PREFIX=URL', says: 'Another upstream below a path; repeatable.' },
    type: routeList,
    singular: 'route',
    default: '',
    defaultText: 'none',
    example: '/api=http://localhost:5001',
    describe: 'Other upstreams for path prefixes; the longest prefix wins.',
  }),
  stripPrefix: option({
    ...forwarding,
    brief: { usage: '--strip-prefix', says: 'Removes the prefix of a route before forwarding.' },
    alsoCalled: words('rewrite path-rewrite strip-path'),
    type: boolean,
    default: 'false',
    describe: 'Whether a route removes its prefix before forwarding.',
  }),
  hostHeader: option({
    ...forwarding,
    alsoCalled: words('change-origin preserve-host pass-host-header'),
    type: hostHeader,
    defaultText: 'client for loopback and unix upstreams, else upstream',
    example: 'upstream',
    describe: "The Host that the upstream gets: that of its URL, the client's, or a name.",
  }),
  setRequestHeaders: option({
    ...live,
    alsoCalled: words('H header request-header add-header'),
    type: headerFields(requestHeaderFault),
    singular: 'setRequestHeader',
    secret: true,
    default: '',
    defaultText: 'none',
    example: 'X-Api-Key: abc',
    describe: 'Headers to set on every request to the upstream.',
  }),
  setResponseHeaders: option({
    ...live,
    alsoCalled: words('response-header response-headers'),
    type: headerFields(responseHeaderFault),
    singular: 'setResponseHeader',
    secret: true,
    default: '',
    defaultText: 'none',
    example: 'X-Frame-Options: DENY',
    describe: 'Headers to set on every response, errors included.',
  }),
  removeResponseHeaders: option({
    ...live,
    type: fieldNames(removalFault),
    singular: 'removeResponseHeader',
    default: '',
    defaultText: 'none',
    example: 'Server, X-Powered-By',
    describe: 'Headers to remove from every response.',
  }),
  corp: option({
    ...live,
    alsoCalled: words('cross-origin-resource-policy resource-policy'),
    type: oneOf('off', 'same-origin', 'same-site', 'cross-origin'),
    default: 'off',
    describe:
      'Cross-Origin-Resource-Policy of every response: which sites may embed it without CORS, as an image, a script or a frame.',
  }),
  forwardedHeaders: option({
    ...live,
    type: oneOf('append', 'set', 'off'),
    default: 'set',
    defaultText: 'set; append with trust-proxy',
    describe:
      'X-Forwarded-* and Forwarded: set them from the connection, append to those of peers in trust-proxy, or off.',
  }),
  trustProxy: option({
    ...live,
    alsoCalled: words('trusted-proxy trusted-proxies trusted-ip real-ip'),
    type: networks,
    default: '',
    defaultText: 'none',
    example: '10.0.0.0/8',
    describe: 'Networks of the proxies in front whose forwarding headers are trusted.',
  }),
  via: option({
    ...live,
    type: orWord('off', token('a name for the Via header')),
    defaultText: 'cors-sidecar, on responses only',
    example: 'edge',
    describe:
      'Name in the Via header. By default only responses carry it, because many servers compress nothing for requests with Via; a name set here goes on requests too; off adds none.',
  }),
  rewriteLocation: option({
    ...live,
    type: boolean,
    default: 'true',
    describe: 'Rewrites redirects to the upstream so that they lead here.',
  }),
  cookieRewrite: option({
    ...live,
    brief: {
      usage: '--cookie-rewrite dev',
      says: 'Makes cookies of a remote API work on localhost.',
    },
    type: oneOf('off', 'dev'),
    default: 'off',
    describe:
      'dev makes cookies of a remote API work on localhost: it removes Domain, on plain HTTP also Secure and SameSite=None, and tells the upstream that the client uses https.',
  }),
  cookiePath: option({
    ...live,
    type: oneOf('map', 'keep'),
    default: 'map',
    describe: "Whether a cookie's Path is mapped back through base path and stripped prefix.",
  }),
  websockets: option({
    ...live,
    alsoCalled: words('ws websocket proxy-websockets'),
    type: boolean,
    default: 'true',
    describe: 'Whether WebSocket upgrades are forwarded; their Origin is checked first.',
  }),
  upstreamCa: option({
    ...forwarding,
    alsoCalled: words('ca cacert ca-file'),
    type: pemFile('certificate'),
    defaultText: "the system's",
    example: '/etc/cors-sidecar/upstream-ca.pem',
    describe: 'Certificates (PEM) of the authorities that the upstream must be signed by.',
  }),
  upstreamCert: option({
    ...forwarding,
    type: pemFile('certificate'),
    defaultText: 'none',
    example: '/etc/cors-sidecar/client.pem',
    describe: 'Client certificate (PEM) to show to the upstream.',
  }),
  upstreamKey: option({
    ...forwarding,
    type: pemFile('private key'),
    defaultText: 'none',
    example: '/etc/cors-sidecar/client.key',
    describe: 'Private key (PEM) of that certificate.',
  }),
  upstreamInsecure: option({
    ...forwarding,
    alsoCalled: words(
      'insecure k ssl-insecure ssl-insecure-skip-verify ssl-upstream-insecure-skip-verify skip-verify secure no-verify',
    ),
    type: boolean,
    default: 'false',
    describe: 'Accepts any certificate of the upstream.',
  }),
  outboundProxy: option({
    ...live,
    alsoCalled: words(
      'x http-proxy https-proxy forward-proxy upstream-proxy proxy-url proxy-server',
    ),
    type: outboundProxy,
    secret: true,
    masking,
    default: 'off',
    example: 'http://proxy.example:3128',
    describe:
      'HTTP proxy on the way to the upstream; env reads HTTPS_PROXY, HTTP_PROXY and NO_PROXY.',
  }),
  connectTimeout: option({
    ...live,
    type: duration({ min: '1ms' }),
    default: '5s',
    describe: 'How long connecting to the upstream may take.',
  }),
  upstreamTimeout: option({
    ...live,
    alsoCalled: words('timeout proxy-timeout upstream-response-timeout'),
    type: duration({ min: '1ms' }),
    default: '60s',
    describe: 'How long the upstream may take to send the head of its response.',
  }),
  upstreamIdleTimeout: option({
    ...live,
    type: duration(),
    default: '5m',
    describe: 'How long the upstream may pause within a response; 0 means no limit.',
  }),
  maxUpstreamHeaderSize: option({
    ...live,
    type: size({ min: 1024, max: 1024 ** 2 }),
    default: '64k',
    describe: 'Maximum size of the head of an upstream response.',
  }),
  strictUpstream: option({
    ...live,
    type: boolean,
    default: 'false',
    describe: 'Turns responses that would be repaired (see docs/legacy.md) into 502.',
  }),
  maxInFlight: option({
    ...forwarding,
    type: integer({ min: 1, max: 1_000_000 }),
    default: '256',
    describe:
      'Maximum number of requests waiting for the head of their response, per worker; more wait a second, then get 503.',
  }),
  maxStreams: option({
    ...forwarding,
    type: integer({ min: 1, max: 1_000_000 }),
    default: '4096',
    describe:
      'Maximum number of responses still sending their body (downloads, event streams), per worker.',
  }),
  maxUpgrades: option({
    ...forwarding,
    type: integer({ min: 1, max: 1_000_000 }),
    default: '1536',
    describe:
      'Maximum number of open WebSockets, per worker; keep it below maxConnections, so that other clients can connect.',
  }),
  upgradeIdleTimeout: option({
    ...live,
    type: duration(),
    default: '0',
    describe: 'How long a WebSocket may stay silent; 0 means no limit.',
  }),
  retries: option({
    ...live,
    type: boolean,
    default: 'true',
    describe:
      'Retries a GET, HEAD or OPTIONS without a body once, when a reused connection was dead.',
  }),
}

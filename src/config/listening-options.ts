// The option table, third part: listening and operations.
import { listenAddress } from './address-types.js'
import { duration, size } from './amount-types.js'
import { hostList } from './list-types.js'
import { option, words } from './option.js'
import { pemFile } from './pem-file.js'
import { boolean, integer, oneOf, orNone, orWord, path, text, token } from './value-types.js'

const listening = { group: 'listening', reload: 'restart' } as const
const live = { ...listening, reload: 'live' } as const

export const listeningOptions = {
  listen: option({
    ...listening,
    brief: { usage: '--listen HOST:PORT', says: 'Where to listen; 127.0.0.1:8010 unless given.' },
    alsoCalled: words(
      'host hostname bind address a addr http-address bind-address listen-address ip',
    ),
    type: listenAddress,
    short: 'l',
    default: { otherwise: '127.0.0.1:8010', inImage: '0.0.0.0:8010' },
    describe: 'Where to listen: host:port or unix:PATH.',
  }),
  allowHosts: option({
    ...live,
    alsoCalled: words('allowed-host allowed-hosts host-allowlist server-name server-names'),
    type: hostList,
    singular: 'allowHost',
    defaultText:
      'listening on loopback: localhost, its subdomains, addresses, and hosts of listed origins; else *',
    example: 'api.example.com',
    describe: 'Host names to serve, against DNS rebinding; without ports.',
  }),
  adminListen: option({
    ...listening,
    alsoCalled: words('admin admin-port metrics-address metrics-port metrics-listen health-port'),
    type: orNone('off', listenAddress),
    default: { otherwise: '127.0.0.1:8011', inImage: '0.0.0.0:8011' },
    describe: 'Where to serve health, metrics and the inspector; off for nowhere.',
  }),
  tlsCert: option({
    ...live,
    alsoCalled: words('cert C cert-file tls-cert-file ssl-cert https ssl S'),
    type: pemFile('certificate'),
    defaultText: 'none: plain HTTP',
    example: '/etc/cors-sidecar/tls.pem',
    describe: 'Certificate (PEM) to listen with; read again on reload.',
  }),
  tlsKey: option({
    ...live,
    alsoCalled: words('key K key-file tls-key-file ssl-key'),
    type: pemFile('private key'),
    defaultText: 'none',
    example: '/etc/cors-sidecar/tls.key',
    describe: 'Private key (PEM) of that certificate.',
  }),
  headersTimeout: option({
    ...listening,
    type: duration({ min: '1ms' }),
    default: '10s',
    describe: "How long a client may take to send a request's head.",
  }),
  requestTimeout: option({
    ...listening,
    type: duration(),
    default: '5m',
    describe:
      'How long a client may take to send a whole request; with 0 only its pauses are limited.',
  }),
  requestIdleTimeout: option({
    ...live,
    type: duration({ min: '1ms' }),
    default: '30s',
    describe: 'How long a client may pause within a request body.',
  }),
  responseIdleTimeout: option({
    ...live,
    type: duration({ min: '1ms' }),
    default: '60s',
    describe:
      'How long a client may leave a response unread; below 10s slow clients may be cut off too.',
  }),
  keepAliveTimeout: option({
    ...listening,
    type: duration({ min: '1ms' }),
    default: '65s',
    describe:
      'How long to keep an idle connection; make it longer than that of the load balancer in front.',
  }),
  maxConnections: option({
    ...listening,
    type: integer({ min: 1, max: 1_000_000 }),
    default: '2048',
    describe: 'Maximum number of connections.',
  }),
  maxHeaderSize: option({
    ...listening,
    type: size({ min: 1024, max: 1024 ** 2 }),
    default: '16k',
    describe: 'Maximum size of a request head.',
  }),
  maxHeaderLines: option({
    ...live,
    type: integer({ min: 1, max: 10_000 }),
    default: '100',
    describe: 'Maximum number of header lines in a request.',
  }),
  maxBodySize: option({
    ...live,
    alsoCalled: words('body-limit max-body client-max-body-size body-size-limit'),
    type: orNone('none', size({ min: 0 })),
    defaultText: 'none: bodies are streamed, whatever their size',
    example: '10m',
    describe: 'Maximum size of a request body.',
  }),
  readyCheckUpstream: option({
    ...live,
    type: boolean,
    default: 'false',
    describe: 'Whether readiness depends on the upstream too.',
  }),
  watch: option({
    ...listening,
    type: boolean,
    default: 'false',
    describe: 'Reloads when the configuration file changes.',
  }),
  shutdownDelay: option({
    ...live,
    type: duration({ max: '1h' }),
    default: '0s',
    describe: 'How long to keep serving, marked as not ready, after a stop signal.',
  }),
  shutdownTimeout: option({
    ...live,
    alsoCalled: words('grace graceful-timeout drain-timeout'),
    type: duration({ max: '1h' }),
    default: '20s',
    describe: 'How long open requests may then take to finish.',
  }),
  workers: option({
    ...listening,
    alsoCalled: words('cluster threads processes instances w'),
    type: orWord('auto', integer({ min: 1, max: 256 })),
    default: '1',
    describe: 'Number of processes that serve; auto is one per core.',
  }),
  logLevel: option({
    ...live,
    alsoCalled: words('verbose debug quiet silent s log'),
    type: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    default: 'info',
    describe: 'Minimum log level.',
  }),
  logFormat: option({
    ...listening,
    type: oneOf('auto', 'json', 'pretty'),
    default: 'auto',
    describe: 'Format of the log; auto is pretty on a terminal and JSON elsewhere.',
  }),
  logRequests: option({
    ...live,
    type: oneOf('all', 'cors', 'errors', 'off'),
    default: 'cors',
    describe: 'Which requests to log: all, those with an Origin, those that failed, or none.',
  }),
  requestIdHeader: option({
    ...live,
    type: token('a header name'),
    default: 'x-request-id',
    describe: 'Header with the id of a request, in requests and responses.',
  }),
  debugHeaders: option({
    ...live,
    type: boolean,
    default: { otherwise: 'false', onTerminal: 'true' },
    describe: 'Adds X-Cors-Sidecar to responses: the decision and its reason.',
  }),
  inspect: option({
    ...listening,
    type: boolean,
    default: { otherwise: 'false', onTerminal: 'true' },
    describe: 'Keeps the last exchanges for the inspector, never bodies.',
  }),
  inspectLimit: option({
    ...listening,
    type: integer({ min: 1, max: 10_000 }),
    default: '200',
    describe: 'How many exchanges the inspector keeps.',
  }),
  adminToken: option({
    ...live,
    type: text,
    secret: true,
    flag: false,
    defaultText: 'none: this machine only',
    example: 'a-long-random-text',
    describe: 'Bearer token that lets other machines see traffic and settings.',
  }),
  quitquitquit: option({
    ...live,
    type: boolean,
    default: 'false',
    describe:
      'Lets a POST to /quitquitquit on the admin port, from this machine, stop the program.',
  }),
  strict: option({
    ...listening,
    type: boolean,
    default: 'false',
    describe: 'Treats warnings about the configuration as errors.',
  }),
  config: option({
    ...listening,
    brief: { usage: '--config FILE', says: 'Every option from a file, YAML or JSON.' },
    alsoCalled: words('config-file conf f file settings'),
    type: path,
    short: 'c',
    inConfigFile: false,
    defaultText: 'none',
    example: 'cors-sidecar.yaml',
    describe: 'Configuration file, YAML or JSON.',
  }),
  envFile: option({
    ...listening,
    alsoCalled: words('env dotenv env-path'),
    type: path,
    inConfigFile: false,
    defaultText: '.env when it is there, unless NODE_ENV is production',
    example: '.env.local',
    describe: 'File with variables, one NAME=value per line.',
  }),
}

// Every way in which an upstream fails: what happened, and what to do. Log, metrics, answers, banner,
// readiness, inspector and doctor all say what is written here.

interface FailureRow {
  /** The status of the answer: 504 when time ran out. */
  readonly status: 502 | 503 | 504
  /** One sentence, fit for whoever sent the request: it holds nothing that is configured. */
  readonly happened: string
  readonly cure: string
  /** Whether no request would fare better until somebody repairs it. */
  readonly isDown?: boolean
}

const whichProxy = 'the URL of --outbound-proxy (with env: HTTPS_PROXY, HTTP_PROXY)'
const whereItIs = 'host and port of the upstream (--upstream, --route)'

/** A closed list: its names are in JSON bodies, in log lines, and labels of a metric. */
export const upstreamFailures = {
  'connect-refused': {
    status: 502,
    happened: 'Nothing listens at the address of the upstream.',
    cure: `Start the API, or correct ${whereItIs}.`,
    isDown: true,
  },
  'refused-in-container': {
    status: 502,
    happened: 'Nothing listens at the address of the upstream, which is this very container.',
    cure: 'For an API on the host write host.docker.internal in place of localhost (on Linux with docker run --add-host=host.docker.internal:host-gateway), for one in another container its name.',
    isDown: true,
  },
  'socket-missing': {
    status: 502,
    happened: 'The unix socket of the upstream does not exist.',
    cure: 'Start the API, or correct the path behind unix: in --upstream.',
    isDown: true,
  },
  'socket-forbidden': {
    status: 502,
    happened: 'The unix socket of the upstream may not be opened.',
    cure: 'Give the user that the sidecar runs as the right to read and write it.',
    isDown: true,
  },
  'connect-timeout': {
    status: 504,
    happened: 'The upstream could not be reached in time.',
    cure: `Correct ${whereItIs}, let a firewall between pass it, or wait longer with --connect-timeout.`,
    isDown: true,
  },
  'connect-failed': {
    status: 502,
    happened: 'The upstream could not be reached.',
    cure: `Correct ${whereItIs}; if it is right, no network leads there from here.`,
    isDown: true,
  },
  'name-unknown': {
    status: 502,
    happened: 'The name of the upstream does not exist.',
    cure: 'Correct its spelling (--upstream, --route); in Compose and Kubernetes write the name of the service.',
    isDown: true,
  },
  dns: {
    status: 502,
    happened: 'No name server answered for the name of the upstream.',
    cure: 'Look at the name servers of this machine; in a container, at the networks it is on.',
    isDown: true,
  },
  'proxy-unreachable': {
    status: 502,
    happened: 'The outbound proxy could not be reached.',
    cure: `Start it, or correct ${whichProxy}.`,
    isDown: true,
  },
  'proxy-timeout': {
    status: 504,
    happened: 'The outbound proxy did not connect to the upstream in time.',
    cure: `See whether it and the upstream are up, correct ${whichProxy}, or wait longer with --connect-timeout.`,
    isDown: true,
  },
  'proxy-credentials': {
    status: 502,
    happened: 'The outbound proxy wants a user name and a password, or others.',
    cure: 'Write USER:PASSWORD@ before the host in its URL, best in a file that CORS_SIDECAR_OUTBOUND_PROXY_FILE names; Basic is the one scheme that is spoken.',
    isDown: true,
  },
  'proxy-refused': {
    status: 502,
    happened: 'The outbound proxy made no connection to the upstream.',
    cure: `Have it allow CONNECT to host and port of the upstream; its own log says why it did not. Or correct ${whichProxy}.`,
    isDown: true,
  },
  'certificate-untrusted': {
    status: 502,
    happened: 'Nobody who is trusted here has signed the certificate of the upstream.',
    cure: 'Trust its authority with --upstream-ca FILE; in development --upstream-insecure checks nothing.',
    isDown: true,
  },
  'certificate-name': {
    status: 502,
    happened: 'The certificate of the upstream is for another name.',
    cure: 'Write a name that stands in the certificate (--upstream, --route), or have it made for this one.',
    isDown: true,
  },
  'certificate-expired': {
    status: 502,
    happened: 'The certificate of the upstream is not valid any more, or not yet.',
    cure: 'Renew it; if it is new, set the clock of this machine.',
    isDown: true,
  },
  'certificate-wanted': {
    status: 502,
    happened: 'The upstream wants a certificate of the sidecar, or another one.',
    cure: 'Show one with --upstream-cert FILE and --upstream-key FILE.',
    isDown: true,
  },
  'speaks-no-tls': {
    status: 502,
    happened: 'The upstream does not speak TLS at this port.',
    cure: 'Write http:// in place of https:// (--upstream, --route).',
    isDown: true,
  },
  'speaks-tls': {
    status: 502,
    happened: 'The upstream speaks TLS at this port.',
    cure: 'Write https:// in place of http:// (--upstream, --route).',
    isDown: true,
  },
  tls: {
    status: 502,
    happened: 'No TLS connection to the upstream could be made.',
    cure: 'Have it serve TLS 1.2 or newer; show it a certificate with --upstream-cert if it wants one; write http:// if it speaks no TLS.',
    isDown: true,
  },
  'speaks-http2': {
    status: 502,
    happened: 'The upstream speaks HTTP/2 only.',
    cure: 'Have it serve HTTP/1.1, too: that is what the sidecar speaks with upstreams.',
    isDown: true,
  },
  'speaks-no-http': {
    status: 502,
    happened: 'What listens at the address of the upstream does not speak HTTP.',
    cure: `Correct ${whereItIs}.`,
    isDown: true,
  },
  'head-timeout': {
    status: 504,
    happened: 'The upstream did not answer in time.',
    cure: 'See what keeps it busy, or wait longer with --upstream-timeout.',
  },
  'idle-timeout': {
    status: 502,
    happened: 'The upstream stopped sending.',
    cure: 'See what keeps it busy, or wait longer with --upstream-idle-timeout.',
  },
  reset: {
    status: 502,
    happened: 'The upstream broke the connection.',
    cure: 'Its own log says why: as a rule it crashed, or was restarted.',
  },
  closed: {
    status: 502,
    happened: 'The upstream closed the connection without an answer.',
    cure: 'Its own log says why; if it speaks TLS, write https:// (--upstream, --route).',
  },
  truncated: {
    status: 502,
    happened: 'The upstream ended its response too early.',
    cure: 'Its own log says why: as a rule it crashed, or announced a wrong Content-Length.',
  },
  'head-too-long': {
    status: 502,
    happened: 'The upstream sent a response head that is too long.',
    cure: 'Allow more with --max-upstream-header-size, or have it send fewer and smaller cookies.',
  },
  'invalid-response': {
    status: 502,
    happened: 'The upstream sent something that is no valid HTTP response.',
    cure: 'Repair the response: the log says which rule it breaks.',
  },
  'refused-repair': {
    status: 502,
    happened: 'The upstream sent a response that breaks a rule of HTTP.',
    cure: 'Repair the response, or have it repaired on the way, without --strict-upstream.',
  },
  overloaded: {
    status: 503,
    happened: 'Too many requests are waiting for the upstream.',
    cure: 'See what keeps it busy, or let more through with --max-in-flight.',
  },
} as const satisfies Readonly<Record<string, FailureRow>>

/** Why an upstream gave no usable answer. */
export type UpstreamFailure = keyof typeof upstreamFailures

/** One failure as it happened. */
export interface FailureReport {
  readonly failure: UpstreamFailure
  /** Address and error code: for the operator only. */
  readonly detail: string
}

/** What is known of one kind of failure. */
export function failureRow(failure: UpstreamFailure): FailureRow {
  return upstreamFailures[failure]
}

// Every response of our own but those to preflights, as data.
import { servedMethods } from '../../terms/methods.js'
import { printable } from '../../terms/printable.js'
import { MAX_TARGET_LENGTH } from './request-target.js'

/** A response that the upstream had no part in. */
export interface Reply {
  readonly status: number
  /** Short machine-readable name of what went wrong, shown in the body. */
  readonly error: string
  /** What happened, for whoever reads it in the browser; never an address of the upstream. */
  readonly message: string
  /** What the operator may do about it. */
  readonly cure?: string
  /** Flat name/value pairs beside the content and CORS fields. */
  readonly fields?: readonly string[]
  /** Whether the connection ends with it. */
  readonly closes?: boolean
}

function closing(status: number, error: string, message: string): Reply {
  return { status, error, message, closes: true }
}

const requestTooSlow = { status: 408, error: 'request-timeout' }
const bodyTooLarge = closing(
  413,
  'body-too-large',
  'The request body is larger than this server accepts.',
)

/** RFC 9110, 15.6.2 */
export function unknownMethod(method: string): Reply {
  return servedMethods.has(method.toUpperCase())
    ? replies.methodCase
    : closing(
        501,
        'method-unknown',
        `This server does not know the method ${printable(method.slice(0, 64))}.`,
      )
}

/** Each response with the status that its RFC gives it. */
export const replies = {
  // Of a request head that can be read, but is not served.
  version: closing(
    505,
    'http-version',
    'Only HTTP/1.0 and HTTP/1.1 are served on this connection.',
  ),
  headerLines: closing(431, 'too-many-header-lines', 'The request has too many header lines.'),
  headSize: closing(
    431,
    'header-too-large',
    'The request head is larger than this server accepts.',
  ),
  targetLength: closing(
    414,
    'target-too-long',
    `The request target is longer than ${MAX_TARGET_LENGTH} bytes.`,
  ),
  hostLines: closing(400, 'host-missing-or-doubled', 'A request needs exactly one Host line.'),
  host: closing(400, 'host-invalid', 'The Host line is not a host with an optional port.'),
  framing: closing(400, 'framing-ambiguous', 'The length of the request body is ambiguous.'),
  coding: closing(501, 'transfer-coding', 'Only the transfer coding "chunked" is accepted.'),
  bodySize: bodyTooLarge,
  method: {
    status: 405,
    error: 'method-not-served',
    message: 'This method is not supported.',
    fields: ['Allow', 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'],
  },
  methodCase: closing(
    400,
    'method-case',
    'Methods are compared with their case, and this one is written in upper case.',
  ),
  target: closing(
    400,
    'target-invalid',
    'The request target must be a path that starts with "/", without a fragment.',
  ),
  expect: closing(417, 'expectation', 'Only the expectation "100-continue" is supported.'),
  loop: closing(
    508,
    'loop',
    'This request came through this proxy before: the upstream leads back to it.',
  ),
  // Of what is no request, or breaks off.
  badRequest: closing(400, 'bad-request', 'These bytes are not a valid HTTP/1.1 request.'),
  chunkExtensions: closing(
    413,
    'chunk-extensions-too-large',
    'The chunk extensions of the request body are too large.',
  ),
  slowRequest: {
    ...requestTooSlow,
    message: 'The request did not arrive in time (options "headersTimeout" and "requestTimeout").',
    closes: true,
  },
  slowBody: {
    ...requestTooSlow,
    message: 'The request body stopped arriving (option "requestIdleTimeout").',
    closes: true,
  },
  // Of where it should go.
  noUpgrade: closing(
    501,
    'upgrade-not-served',
    'WebSocket upgrades are switched off (option "websockets").',
  ),
  ambiguousPath: {
    status: 400,
    error: 'path-ambiguous',
    message:
      'Servers read this path in different ways, and some readings leave its route or the base path of the upstream.',
  },
  noRoute: { status: 404, error: 'no-route', message: 'No route covers this path.' },
  // Of ourselves.
  internalError: closing(
    500,
    'internal-error',
    'The proxy failed to handle this request; the log has the reason.',
  ),
} as const satisfies Record<string, Reply>

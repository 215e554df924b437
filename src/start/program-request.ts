// A request as a program has it at hand, read into what the policy judges.
import type { HeaderLine } from '../observe/exchange-view.js'
import type { PolicyRequest } from '../policy/decision.js'

/** One request. Node's `IncomingMessage` and the `Request` of the Fetch Standard both are one. */
export interface HttpRequest {
  readonly method?: string | undefined
  /** A path with its query, or a whole address. */
  readonly url?: string | undefined
  readonly headers:
    | Iterable<readonly [string, string]>
    | Readonly<Record<string, string | readonly string[] | undefined>>
}

/** What the head of a request does not say. */
export interface Circumstances {
  /** How the client reached the server: as the address says, or `http` when it is a path. */
  readonly scheme?: 'http' | 'https'
}

/** Everything the policy looks at; header lines that come twice are joined. */
export function readRequest(
  { method = 'GET', url = '/', headers }: HttpRequest,
  { scheme }: Circumstances,
): PolicyRequest {
  const rawHeaders: string[] = []
  const fields = new Map<string, string>()
  for (const [name, value] of linesOf(headers)) {
    rawHeaders.push(name, value)
    const key = name.toLowerCase()
    const earlier = fields.get(key)
    fields.set(key, earlier === undefined ? value : `${earlier}, ${value}`)
  }
  const [, ownScheme, ownHost, rest = url] = /^(https?):\/\/([^/?#]*)([^#]*)/iu.exec(url) ?? []
  return {
    method,
    target: rest.startsWith('/') || rest === '*' ? rest : `/${rest}`,
    origin: fields.get('origin'),
    requestMethod: fields.get('access-control-request-method'),
    requestHeaders: fields.get('access-control-request-headers'),
    requestPrivateNetwork: fields.get('access-control-request-private-network'),
    secFetchSite: fields.get('sec-fetch-site'),
    host: fields.get('host') ?? ownHost,
    scheme: scheme ?? (ownScheme?.toLowerCase() === 'https' ? 'https' : 'http'),
    isUpgrade: method === 'GET' && fields.get('upgrade')?.toLowerCase() === 'websocket',
    rawHeaders,
  }
}

function linesOf(headers: HttpRequest['headers']): Iterable<HeaderLine> {
  if (isIterable(headers)) return headers
  return Object.entries(headers).flatMap(([name, value = []]) =>
    (typeof value === 'string' ? [value] : value).map((line): HeaderLine => [name, line]),
  )
}

const isIterable = (headers: object): headers is Iterable<HeaderLine> => Symbol.iterator in headers

// Asks a server what a browser would ask, and a few things a stranger might.
import { randomBytes } from 'node:crypto'
import { Agent, type Dispatcher, request } from 'undici'
import type { Answer } from './answer.js'

export interface ProbeInput {
  readonly url: URL
  readonly origin: string
  readonly method: string
  /** Lower-case names that the page sets itself. */
  readonly headers: readonly string[]
}

/** Every answer about one origin. */
export interface Observations extends ProbeInput {
  /** Without `Origin`, as a cache or a plain link would ask. */
  readonly plain: Answer
  readonly actual: Answer
  readonly preflight: Answer
  /** For a path that nobody has. */
  readonly error: Answer
  /** As a page that nobody listed. */
  readonly stranger: Probe
  readonly strangerPreflight: Probe
  readonly nullOrigin: Probe
  /** As pages whose names resemble the origin's. */
  readonly lookalikes: readonly Probe[]
}

export interface Probe {
  readonly origin: string
  readonly answer: Answer
}

export interface Prober {
  probe(input: ProbeInput): Promise<Observations>
  close(): Promise<void>
}

const patienceMs = 10_000
const bodyLimit = 64 * 1024

/** Sends the requests one after the other: a doctor is no load test. */
export function createProber(allowsUntrusted: boolean): Prober {
  const dispatcher = new Agent({
    connect: { timeout: patienceMs, rejectUnauthorized: !allowsUntrusted },
    headersTimeout: patienceMs,
    bodyTimeout: patienceMs,
  })
  const send = (url: URL, method: string, headers: Record<string, string>) =>
    ask(dispatcher, url, method, headers)

  return {
    async probe(input) {
      const { url, origin } = input
      const as = async (from: string): Promise<Probe> => ({
        origin: from,
        answer: await send(url, 'GET', { origin: from }),
      })
      const preflight = (from: string) =>
        send(url, 'OPTIONS', {
          origin: from,
          'access-control-request-method': input.method,
          ...(input.headers.length > 0 && {
            'access-control-request-headers': [...input.headers].sort().join(','),
          }),
        })
      const nowhere = new URL(`/doctor-${randomBytes(6).toString('hex')}`, url)
      const stranger = `https://doctor-${randomBytes(4).toString('hex')}.example`
      const lookalikes: Probe[] = []
      const plain = await send(url, 'GET', {})
      const actual = await send(url, 'GET', { origin })
      for (const name of lookalikesOf(origin)) lookalikes.push(await as(name))
      return {
        ...input,
        plain,
        actual,
        preflight: await preflight(origin),
        error: await send(nowhere, 'GET', { origin }),
        stranger: await as(stranger),
        strangerPreflight: { origin: stranger, answer: await preflight(stranger) },
        nullOrigin: await as('null'),
        lookalikes,
      }
    },
    close: () => dispatcher.close(),
  }
}

/** Names that pass a careless comparison with this origin: as its beginning, end or middle. */
function lookalikesOf(origin: string): readonly string[] {
  const match = /^(https?):\/\/([a-z0-9.-]*[a-z][a-z0-9.-]*)(:\d+)?$/u.exec(origin)
  const [, scheme, host, port = ''] = match ?? []
  if (scheme === undefined || host === undefined) return []
  const names = [`${scheme}://${host}.doctor.example${port}`, `${scheme}://doctor${host}${port}`]
  const dot = host.indexOf('.')
  if (dot > 0) names.push(`${scheme}://${host.slice(0, dot)}x${host.slice(dot + 1)}${port}`)
  if (scheme === 'https') names.push(`http://${host}${port}`)
  return names
}

async function ask(
  dispatcher: Dispatcher,
  url: URL,
  method: string,
  headers: Record<string, string>,
): Promise<Answer> {
  try {
    const response = await request(url, {
      dispatcher,
      method: method as Dispatcher.HttpMethod,
      headers: { accept: '*/*', 'user-agent': 'cors-sidecar-doctor', ...headers },
      signal: AbortSignal.timeout(patienceMs),
    })
    // Only the head matters; an endless body is cut and its fault is not ours.
    response.body.on('error', () => undefined)
    await response.body.dump({ limit: bodyLimit }).catch(() => undefined)
    const lines = Object.entries(response.headers).map(
      ([name, value]) => [name, [value ?? ''].flat()] as const,
    )
    return { status: response.statusCode, headers: new Map(lines) }
  } catch (error) {
    return { failure: failureText(error) }
  }
}

function failureText(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error && typeof error.code === 'string' ? `${error.code}: ` : ''
  return `${code}${error.message || error.name}`
}

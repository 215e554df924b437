import type { Client } from 'undici'

/** Where the upstream is. */
export interface ProbedUpstream {
  /** Base of a URL, such as `http://127.0.0.1:5000`; for a Unix socket any host will do. */
  readonly origin: string
  readonly path: string
  readonly socketPath?: string
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly isUnverified?: boolean
}

export interface ProbeOptions {
  readonly upstream: ProbedUpstream
  readonly timeoutMs?: number
  /** An answer is used again for this long, so that probes of probes cost the upstream little. */
  readonly reuseMs?: number
  /** Told each time the upstream was really asked. */
  readonly onAnswer?: (isUp: boolean) => void
}

export interface UpstreamProbe {
  /** True when the upstream answered anything at all: whether it is well is its own business. */
  isUp(): Promise<boolean>
}

/** Asks the upstream, with a connection of its own that is closed again, whether it is there. */
export function createUpstreamProbe(options: ProbeOptions): UpstreamProbe {
  const { upstream, timeoutMs = 2000, reuseMs = 1000, onAnswer } = options
  let answer: Promise<boolean> | undefined
  let askedAt = 0

  const ask = async () => {
    const isUp = await headAnswers(upstream, timeoutMs)
    askedAt = performance.now()
    onAnswer?.(isUp)
    return isUp
  }

  return {
    isUp() {
      if (answer === undefined || performance.now() - askedAt > reuseMs) {
        askedAt = Number.POSITIVE_INFINITY
        answer = ask()
      }
      return answer
    },
  }
}

async function headAnswers(upstream: ProbedUpstream, timeoutMs: number): Promise<boolean> {
  const client = await connectTo(upstream, timeoutMs)
  try {
    const signal = AbortSignal.timeout(timeoutMs)
    await client.request({ method: 'HEAD', path: upstream.path, signal })
    return true
  } catch {
    // Refused, timed out, no HTTP: each of them means that a request would fare no better.
    return false
  } finally {
    await client.destroy()
  }
}

/** undici takes longer to load than the sidecar to start: only who asks for a probe pays. */
async function connectTo(upstream: ProbedUpstream, timeoutMs: number): Promise<Client> {
  const { Client } = await import('undici')
  return new Client(upstream.origin, {
    headersTimeout: timeoutMs,
    connect: {
      timeout: timeoutMs,
      rejectUnauthorized: upstream.isUnverified !== true,
      ...(upstream.socketPath === undefined ? {} : { socketPath: upstream.socketPath }),
      ...(upstream.ca === undefined ? {} : { ca: upstream.ca }),
      ...(upstream.cert === undefined ? {} : { cert: upstream.cert }),
      ...(upstream.key === undefined ? {} : { key: upstream.key }),
    },
  })
}

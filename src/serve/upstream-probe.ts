// Asks the upstream as requests are sent to it: what the proxy would serve is up.
import { isIP } from 'node:net'
import { connect } from 'node:tls'
import { type Asked, ask } from '../proxy/http1/ask.js'
import type { FailureReport } from '../terms/upstream-failure.js'

/** Who is asked, and for what. */
export interface ProbedUpstream extends Omit<Asked, 'timeoutMs'> {
  readonly target: string
  /** The value of `Host`. */
  readonly host: string
}

export interface ProbeOptions {
  /** As the settings have it when it is asked. */
  readonly upstream: () => ProbedUpstream
  readonly timeoutMs?: number
  /** An answer is used again for this long, so that probes of probes cost the upstream little. */
  readonly reuseMs?: number
  /** Told each time the upstream was really asked. */
  readonly onAnswer?: (isUp: boolean) => void
}

export interface UpstreamProbe {
  /** Undefined when it answered anything at all: whether it is well is its own business. */
  failure(): Promise<FailureReport | undefined>
}

/** Asks the upstream, with a connection of its own that is closed again, whether it is there. */
export function createUpstreamProbe(options: ProbeOptions): UpstreamProbe {
  const { upstream, timeoutMs = 2000, reuseMs = 1000, onAnswer } = options
  let answer: Promise<FailureReport | undefined> | undefined
  let askedAt = 0

  const askNow = async () => {
    const failure = await failureOf({ ...upstream(), timeoutMs })
    askedAt = performance.now()
    onAnswer?.(failure === undefined)
    return failure
  }

  return {
    failure() {
      if (answer === undefined || performance.now() - askedAt > reuseMs) {
        askedAt = Number.POSITIVE_INFINITY
        answer = askNow()
      }
      return answer
    },
  }
}

async function failureOf(asked: Asked & ProbedUpstream): Promise<FailureReport | undefined> {
  const fields = ['Host', asked.host, 'Accept', '*/*', 'Connection', 'close']
  const outcome = await ask(asked, { method: 'HEAD', target: asked.target, fields })
  const isRefusal = 'failure' in outcome ? mayBeOfTls.has(outcome.failure) : outcome.status === 400
  const { address, detour } = asked.destination
  const isClear = address.protocol === 'http:' && detour === undefined
  if (isRefusal && isClear && (await speaksTls(asked))) {
    return { failure: 'speaks-tls', detail: 'it makes a TLS connection' }
  }
  return 'failure' in outcome ? outcome : undefined
}

/** What servers of TLS do with a request that comes without: hang up, or answer 400 in the clear. */
const mayBeOfTls: ReadonlySet<FailureReport['failure']> = new Set(['closed', 'reset'] as const)

function speaksTls({ destination, lookup, timeoutMs }: Asked): Promise<boolean> {
  return new Promise(resolve => {
    const { hostname: host, port } = destination.address
    const name = isIP(host) === 0 ? { servername: host } : {}
    const to = { host, port, lookup, ...name, timeout: timeoutMs }
    const socket = connect({ ...to, rejectUnauthorized: false })
    const settle = (does: boolean) => {
      socket.destroy()
      resolve(does)
    }
    socket.once('secureConnect', () => settle(true))
    socket.on('error', () => settle(false))
    socket.once('timeout', () => settle(false))
    socket.once('close', () => settle(false))
  })
}

// One request on a connection of its own, for whoever wants to know what an upstream says to it.
import type { FailureReport } from '../../terms/upstream-failure.js'
import { destinationOf, type UpstreamAddress, type UpstreamTls } from '../message/address.js'
import { headText } from '../message/head-text.js'
import type { ResponseHead } from '../message/response-head.js'
import { failureOf } from './failure.js'
import type { Lookup } from './lookup.js'
import type { ReadingRules } from './parser.js'
import { UpstreamAgent } from './pool.js'
import { type UpstreamEvents, UpstreamExchange } from './request.js'

/** Who is asked, and how. */
export interface Asked {
  readonly address: UpstreamAddress
  readonly tls: UpstreamTls
  readonly lookup: Lookup
  readonly isContainer: boolean
  readonly reading: ReadingRules
  /** For all of it, in milliseconds. */
  readonly timeoutMs: number
}

/** Resolves with the head of the final response, or with why there is none; never rejects. */
export function ask(
  { address, tls, lookup, isContainer, reading, timeoutMs }: Asked,
  startLine: string,
  fields: readonly string[],
): Promise<ResponseHead | FailureReport> {
  const agent = new UpstreamAgent(destinationOf(address, tls), lookup)
  return new Promise<ResponseHead | FailureReport>(resolve => {
    let wasConnected = false
    const late = () => {
      const failure = wasConnected ? 'head-timeout' : 'connect-timeout'
      settle({ failure, detail: `nothing within ${timeoutMs} ms` })
    }
    const timer = setTimeout(late, timeoutMs)
    const settle = (outcome: ResponseHead | FailureReport) => {
      clearTimeout(timer)
      exchange.abort()
      resolve(outcome)
    }
    const fault: UpstreamEvents['onFault'] = (detail, failure) => settle({ failure, detail })
    const [method = ''] = startLine.split(' ')
    const exchange = new UpstreamExchange(method, headText(startLine, fields), false, reading, {
      onConnected: () => {
        wasConnected = true
      },
      onSent: ignore,
      onRepair: ignore,
      onInterim: ignore,
      onHead: settle,
      onBody: ignore,
      onEnd: ignore,
      onSwitch: (head, socket) => {
        socket.destroy()
        settle(head)
      },
      onFault: fault,
      onLost: (error, hadBytes) => {
        if (error !== undefined) settle(failureOf(error, { wasConnected, address, isContainer }))
        else if (hadBytes)
          fault('the connection closed within the response head', 'invalid-response')
        else settle({ failure: 'closed', detail: 'the connection closed without a response' })
      },
      onThrown: error => fault(String(error), 'invalid-response'),
    })
    agent.start(exchange, 'new')
    exchange.end()
  })
}

function ignore(): void {
  // Only the head matters.
}

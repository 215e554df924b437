// One request on a connection of its own, for whoever wants to know what an upstream says to it.
import type { FailureReport } from '../../terms/upstream-failure.js'
import type { Destination } from '../message/address.js'
import { fieldsOnTheWay, targetOnTheWay, wantedOnTheWay } from '../message/detour.js'
import { headText } from '../message/head-text.js'
import type { ResponseHead } from '../message/response-head.js'
import { failureOf } from './failure.js'
import type { Lookup } from './lookup.js'
import { UpstreamAgent } from './pool.js'
import { UpstreamExchange } from './request.js'
import type { ReadingRules } from './response-sink.js'
import type { UpstreamEvents } from './upstream-events.js'

/** Who is asked, and how. */
export interface Asked {
  readonly destination: Destination
  readonly lookup: Lookup
  readonly isContainer: boolean
  readonly reading: ReadingRules
  /** For all of it, in milliseconds. */
  readonly timeoutMs: number
}

/** What is asked, without a body. */
export interface Question {
  readonly method: string
  readonly target: string
  readonly fields: readonly string[]
}

/** Resolves with the head of the final response, or with why there is none; never rejects. */
export function ask(
  { destination, lookup, isContainer, reading, timeoutMs }: Asked,
  { method, target, fields }: Question,
): Promise<ResponseHead | FailureReport> {
  const agent = new UpstreamAgent(destination, lookup)
  return new Promise<ResponseHead | FailureReport>(resolve => {
    let wasConnected = false
    const late = () => {
      const unreached = destination.detour === undefined ? 'connect-timeout' : 'proxy-timeout'
      const failure = wasConnected ? 'head-timeout' : unreached
      settle({ failure, detail: `nothing within ${timeoutMs} ms` })
    }
    const timer = setTimeout(late, timeoutMs)
    const settle = (outcome: ResponseHead | FailureReport) => {
      clearTimeout(timer)
      exchange.abort()
      resolve(outcome)
    }
    const fault: UpstreamEvents['onFault'] = (detail, failure) => settle({ failure, detail })
    const startLine = `${method} ${targetOnTheWay(destination, target)} HTTP/1.1`
    const text = headText(startLine, [...fields, ...fieldsOnTheWay(destination)])
    const exchange = new UpstreamExchange(method, text, false, reading, {
      onConnected: () => {
        wasConnected = true
      },
      onSent: ignore,
      onRepair: ignore,
      onInterim: ignore,
      onHead: head => {
        const wanted = wantedOnTheWay(destination, head)
        settle(wanted === undefined ? head : { failure: 'proxy-credentials', detail: wanted })
      },
      onBody: ignore,
      onEnd: ignore,
      onSwitch: (head, socket) => {
        socket.destroy()
        settle(head)
      },
      onFault: fault,
      onLost: (error, hadBytes) => {
        if (error !== undefined)
          settle(failureOf(error, { ...destination, wasConnected, isContainer }))
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

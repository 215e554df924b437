import { preflightAnswer } from '../policy/response-headers.js'
import type { Flight } from './flight.js'
import { refusalMessage, sendOwnReply } from './own-reply.js'
import { writeHead } from './write-head.js'

/** Answers a preflight here; the upstream never hears of it. */
export function replyToPreflight(flight: Flight, debugHeaders: boolean): void {
  const decision = flight.decision as NonNullable<Flight['decision']>
  const debug = debugHeaders
    ? ['X-Cors-Sidecar', `${decision.verdict}; reason=${decision.reason}`]
    : undefined
  if (decision.verdict === 'refused') {
    sendOwnReply(flight, {
      status: 403,
      error: 'preflight-refused',
      message: refusalMessage(flight),
      ...(debug === undefined ? {} : { fields: debug }),
    })
    return
  }
  const { status, headers } = preflightAnswer(decision, flight.head)
  const fields = debug === undefined ? headers : [...headers, ...debug]
  flight.status = status
  flight.sentHeaders = fields
  writeHead(flight.res, status, undefined, fields)
  flight.isAnswered = true
  flight.res.end()
}

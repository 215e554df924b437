// Every way in which an exchange fails.
import { failureRow, type UpstreamFailure } from '../../terms/upstream-failure.js'
import { type Reply, replies } from '../message/replies.js'
import type { ActiveExchange } from './active-exchange.js'
import { sendReply } from './replying.js'

/** Answers with 502, 503 or 504 when nothing has been sent yet; else cuts the exchange. */
export function fail(exchange: ActiveExchange, failure: UpstreamFailure, detail: string): void {
  const { record, wait } = exchange
  if (wait.isOver) return
  record.failure ??= failure
  record.failureDetail ??= detail
  const { status, happened, cure } = failureRow(failure)
  answerOrCut(exchange, {
    status,
    error: failure,
    message: `${happened} Quote ${record.id} to the operator; the log has the details.`,
    cure,
    ...(status === 503 ? { fields: ['Retry-After', '1'] } : {}),
  })
}

/** Answers with 500, or cuts what is under way, after a fault of ours. */
export function failInternally(exchange: ActiveExchange, error: unknown): void {
  const { client, record, state } = exchange
  state.base.events.onInternalError(error, record)
  try {
    answerOrCut(exchange, replies.internalError)
  } catch (again) {
    state.base.events.onInternalError(again, record)
    client.cut()
  }
}

/** Fails an exchange whose request body broke off or broke the rules of HTTP. */
export function failRequest(exchange: ActiveExchange, reply: Reply): void {
  const { client } = exchange
  const isThrough = client.isAnswered && client.isEnded && client.isLast
  dropUpstream(exchange)
  if (!client.isAnswered) sendReply(exchange, { ...reply, closes: true })
  // A whole answer that ends the connection goes out in its turn, behind those to earlier requests.
  else if (!isThrough) client.cut()
}

/** Gives up the upstream's side, and what the exchange holds of the limits. */
export function answerOrCut(exchange: ActiveExchange, reply: Reply): void {
  dropUpstream(exchange)
  if (exchange.client.isAnswered) exchange.client.cut()
  else sendReply(exchange, reply)
}

/** Ends the upstream's side of an exchange; one that waits for its turn gives up the wait. */
export function dropUpstream(exchange: ActiveExchange): void {
  const { upstream } = exchange
  exchange.upstream = undefined
  upstream?.abort()
  exchange.state.base.admission.leave(exchange)
}

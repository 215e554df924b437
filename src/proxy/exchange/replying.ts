import type { Decision } from '../../policy/decision.js'
import { describeForClient } from '../../policy/describe.js'
import { wholeAdvice } from '../../policy/missing.js'
import { isBareRefusal, ownReplyHeaders, preflightAnswer } from '../../policy/response-headers.js'
import type { Reply } from '../message/replies.js'
import { withSetFields } from '../message/upstream-response.js'
import type { ActiveExchange } from './active-exchange.js'

/** A body of this size is read and dropped, and the connection kept; more is not worth reading. */
const DROPPED_BODY_SIZE = 65_536

/**
 * Sends one of our own replies as JSON `{error, reason, message, fix, cure, id}`, with the CORS fields
 * that the decision allows, so that the page can read it.
 */
export function sendReply(exchange: ActiveExchange, reply: Reply): void {
  const { decision, id } = exchange.record
  const body = Buffer.from(
    `${JSON.stringify({
      error: reply.error,
      reason: decision.reason,
      message: reply.message,
      fix: decision.verdict === 'refused' ? wholeAdvice(decision, exchange.head)?.fix : undefined,
      cure: reply.cure,
      id,
    })}\n`,
  )
  const fields = [
    'Content-Type',
    'application/json; charset=utf-8',
    'Cache-Control',
    'no-store',
    'Content-Length',
    String(body.length),
    ...ownReplyHeaders(decision, exchange.state.policies),
    ...(reply.fields ?? []),
  ]
  if (reply.closes === true || leavesMuchUnread(exchange)) exchange.client.lingerAfter()
  send(exchange, reply.status, fields, body)
}

/** Answers a preflight here; the upstream never hears of it. */
export function answerPreflight(exchange: ActiveExchange): void {
  const { head, record, state } = exchange
  const { decision } = record
  const debug = state.rules.debugHeaders ? debugFields(decision) : []
  if (isBareRefusal(decision)) {
    sendReply(exchange, { ...refusal(decision), fields: debug })
    return
  }
  const { status, headers } = preflightAnswer(decision, head)
  for (const part of debug) headers.push(part)
  send(exchange, status, headers)
}

/** RFC 9110, 7.6.2: with no hop left, we are the final recipient. */
export function answerOptions(exchange: ActiveExchange): void {
  const { record, state } = exchange
  const fields = ['Content-Length', '0', ...ownReplyHeaders(record.decision, state.policies)]
  send(exchange, 200, fields)
}

/** The words for a refusal, fit for strangers: nothing of the allow-list is in them. */
export function refusal(decision: Decision): Reply {
  const message = describeForClient(decision)
  if (decision.reason === 'host-not-allowed') {
    return { status: 403, error: decision.reason, message, closes: true }
  }
  if (decision.kind === 'preflight') return { status: 403, error: 'preflight-refused', message }
  const isUpgrade = decision.kind === 'upgrade'
  if (decision.reason === 'cross-site') {
    return { status: 403, error: decision.reason, message, closes: isUpgrade }
  }
  const error = isUpgrade ? 'upgrade-refused' : 'origin-refused'
  return { status: 403, error, message, closes: isUpgrade }
}

export function debugFields({ verdict, reason }: Decision): readonly string[] {
  return ['X-Cors-Sidecar', `${verdict}; reason=${reason}`]
}

/** A response is recorded as sent when it has been handed over. */
function send(
  { client, record, state, wait }: ActiveExchange,
  status: number,
  own: string[],
  body?: Buffer,
): void {
  const fields = withSetFields(own, state.rules)
  client.writeHead(status, undefined, fields)
  record.status = status
  record.sentHeaders = fields
  wait.forReader()
  if (body === undefined) client.end()
  else client.endWith(body)
}

function leavesMuchUnread({ client, head }: ActiveExchange): boolean {
  if (client.hasSentAll || !head.hasBody) return false
  return head.contentLength === undefined || Number(head.contentLength) > DROPPED_BODY_SIZE
}

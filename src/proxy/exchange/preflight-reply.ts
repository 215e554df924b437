import type { ServerResponse } from 'node:http'
import type { Decision } from '../../policy/decision.js'
import { preflightAnswer } from '../../policy/response-headers.js'
import { isHttp2 } from '../message/http2-request.js'
import { AnswerBatch } from './answer-batch.js'
import type { Flight, ServingState } from './flight.js'
import { refusalMessage, sendOwnReply } from './own-reply.js'
import { writeHead } from './write-head.js'

const batch = new AnswerBatch()

/** Answers a preflight here; the upstream never hears of it. */
export function replyToPreflight(flight: Flight, debugHeaders: boolean): void {
  const decision = flight.decision as Decision
  if (decision.verdict === 'refused') {
    sendOwnReply(flight, {
      status: 403,
      error: 'preflight-refused',
      message: refusalMessage(flight),
      ...(debugHeaders ? { fields: debugFields(decision) } : {}),
    })
    return
  }
  const isUsual = takesUsualHead(flight)
  if (!isUsual || !sendHeadAgain(flight, decision)) {
    const { status, headers } = preflightAnswer(decision, flight.head)
    const fields = debugHeaders ? [...headers, ...debugFields(decision)] : headers
    flight.status = status
    flight.sentHeaders = fields
    writeHead(flight.res, status, undefined, fields)
    if (isUsual) keepHead(flight, decision, status, fields)
  }
  flight.isAnswered = true
  // A body that breaks off cuts the connection: its answer must be out by then.
  if (flight.head.hasBody) flight.res.end()
  else batch.end(flight)
}

function debugFields({ verdict, reason }: Decision): string[] {
  return ['X-Cors-Sidecar', `${verdict}; reason=${reason}`]
}

/** A head as Node wrote it, and everything that it was written from. */
interface WrittenHead {
  readonly state: ServingState
  readonly decision: Decision
  readonly requestMethod: string | undefined
  readonly requestHeaders: string | undefined
  readonly requestPrivateNetwork: string | undefined
  /** Of its `Date`. */
  readonly second: number
  readonly status: number
  readonly fields: readonly string[]
  readonly text: string
}

/** Where Node keeps the head that goes out with the next write. */
type HeadHolder = ServerResponse & { _header?: string | null }

/**
 * Answers to like preflights differ in their `Date` only. To check and write each line again costs
 * as much as everything that the policy does, so each head is kept for its second, in one of a few
 * places that strangers can't make more of.
 */
const heads: (WrittenHead | undefined)[] = Array.from({ length: 32 }, () => undefined)

/** Whether Node adds to its head what it adds to most: it depends on nothing else of the request. */
function takesUsualHead({ req, res, head }: Flight): boolean {
  return res.shouldKeepAlive && !head.isHttp10 && head.expect === undefined && !isHttp2(req)
}

function sendHeadAgain(flight: Flight, decision: Decision): boolean {
  const known = heads[placeOf(flight)]
  if (known === undefined || !isFor(known, flight, decision)) return false
  flight.status = known.status
  flight.sentHeaders = known.fields
  const res: HeadHolder = flight.res
  res.statusCode = known.status
  res._header = known.text
  return true
}

function keepHead(
  flight: Flight,
  decision: Decision,
  status: number,
  fields: readonly string[],
): void {
  const { state, head } = flight
  const { requestMethod, requestHeaders, requestPrivateNetwork } = head
  const text = (flight.res as HeadHolder)._header
  if (typeof text !== 'string') return
  const second = secondOf(flight)
  const asked = { requestMethod, requestHeaders, requestPrivateNetwork }
  heads[placeOf(flight)] = { state, decision, ...asked, second, status, fields, text }
}

function placeOf({ head: { origin, requestMethod, requestHeaders } }: Flight): number {
  const length = (text: string | undefined) => text?.length ?? 0
  return (
    (length(origin) * 3 + length(requestMethod) * 5 + length(requestHeaders) * 7) % heads.length
  )
}

function isFor(known: WrittenHead, flight: Flight, decision: Decision): boolean {
  const { head } = flight
  return (
    known.second === secondOf(flight) &&
    known.state === flight.state &&
    known.decision.policy === decision.policy &&
    known.decision.parts === decision.parts &&
    known.decision.allowOrigin === decision.allowOrigin &&
    known.decision.credentials === decision.credentials &&
    known.decision.reason === decision.reason &&
    known.requestMethod === head.requestMethod &&
    known.requestHeaders === head.requestHeaders &&
    known.requestPrivateNetwork === head.requestPrivateNetwork
  )
}

function secondOf({ startedAt }: Flight): number {
  return Math.floor(startedAt / 1000)
}

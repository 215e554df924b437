import type { ServerResponse } from 'node:http'
import { fixFor } from '../../policy/advice.js'
import { describeForClient } from '../../policy/describe.js'
import { ownReplyHeaders } from '../../policy/response-headers.js'
import type { Flight } from './flight.js'
import { lingerOnClose } from './lingering-close.js'
import { writeHead } from './write-head.js'

const DROPPED_BODY_SIZE = 65_536

/** A reply that the upstream had no part in. */
export interface OwnReply {
  readonly status: number
  /** Short machine-readable name of what went wrong. */
  readonly error: string
  /** For whoever reads it in the browser; never an address of the upstream. */
  readonly message: string
  /** Flat name/value pairs beside the content and CORS fields. */
  readonly fields?: readonly string[]
  /** Whether the connection ends with it. */
  readonly closes?: boolean
}

export const internalError: OwnReply = {
  status: 500,
  error: 'internal-error',
  message: 'The proxy failed to handle this request; its log says why.',
  closes: true,
}

/**
 * Sends one of our own replies as JSON `{error, reason, message, id}`, with the CORS fields that
 * the decision allows, so that the page can read it.
 */
export function sendOwnReply(flight: Flight, reply: OwnReply): void {
  const { res, decision } = flight
  const body = Buffer.from(
    `${JSON.stringify({
      error: reply.error,
      reason: decision?.reason,
      message: reply.message,
      fix: decision?.verdict === 'refused' ? fixFor(decision) : undefined,
      id: flight.id,
    })}\n`,
  )
  const fields = ['Content-Type', 'application/json; charset=utf-8', 'Cache-Control', 'no-store']
  fields.push('Content-Length', String(body.length))
  for (const part of ownReplyHeaders(decision, flight.state.policies)) fields.push(part)
  if (reply.fields !== undefined) for (const part of reply.fields) fields.push(part)
  endWithOwnReply(res, () => {
    flight.status = reply.status
    flight.sentHeaders = fields
    flight.isAnswered = true
    if (reply.closes === true || leavesMuchUnread(flight)) closeAfter(flight, res)
    writeHead(res, reply.status, undefined, fields)
    res.end(body)
  })
}

/** The words for a refusal, fit for strangers: nothing of the allow-list is in them. */
export function refusalMessage(flight: Flight): string {
  return flight.decision === undefined ? 'Refused.' : describeForClient(flight.decision)
}

/** A small body is read and dropped, and the connection kept; a large one is not worth reading. */
function leavesMuchUnread({ req, head }: Flight): boolean {
  if (req.complete || !head.hasBody) return false
  return head.contentLength === undefined || Number(head.contentLength) > DROPPED_BODY_SIZE
}

function closeAfter(flight: Flight, res: ServerResponse): void {
  res.shouldKeepAlive = false
  lingerOnClose(flight.req)
}

/** A head that can't be written leaves nothing that could be said: the connection goes. */
function endWithOwnReply(res: ServerResponse, write: () => void): void {
  try {
    write()
  } catch {
    res.destroy()
  }
}

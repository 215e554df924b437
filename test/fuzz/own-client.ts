// The proxy's response parser, reading a response from memory.

import { ResponseParser } from '../../src/proxy/http1/parser.js'
import type { UpstreamRepair } from '../../src/terms/upstream-repair.js'
import type { Reading } from './node-client.js'

export interface Ours {
  /** Undefined unless the response was whole. */
  readonly reading: Reading | undefined
  readonly fault: string | undefined
  readonly keepsAlive: boolean
  readonly repairs: readonly UpstreamRepair[]
}

/** What the parser makes of these bytes, in pieces of these sizes, and of the end behind them. */
export function readWithOurs(
  method: string,
  bytes: Buffer,
  nextSize: () => number,
  ends = true,
  isStrict = false,
): Ours {
  const parser = new ResponseParser()
  const interim: number[] = []
  const repairs: UpstreamRepair[] = []
  let head: Omit<Reading, 'body' | 'trailers' | 'switched' | 'interim'> | undefined
  let trailers: readonly string[] | undefined
  let switched: string | undefined
  let fault: string | undefined
  let body = ''
  parser.begin(
    method,
    {
      onRepair: what => repairs.push(what),
      onInterim: ({ status }) => interim.push(status),
      onHead: ({ status, reason, version, fields }) => {
        head = { status, reason, version, fields }
      },
      onBody: piece => {
        body += piece.toString('latin1')
      },
      onEnd: given => {
        trailers = given
      },
      onSwitch: ({ status, reason, version, fields }, early) => {
        head = { status, reason, version, fields }
        trailers = []
        switched = early.toString('latin1')
      },
      onFault: detail => {
        fault = detail
      },
    },
    { maxHeadSize: 65_536, isStrict },
  )
  // One buffer for all pieces, as a connection has it: what is kept must have been copied.
  const shared = Buffer.alloc(bytes.length)
  let at = 0
  while (at < bytes.length && switched === undefined && fault === undefined) {
    const size = bytes.copy(shared, 0, at, at + nextSize())
    parser.read(shared.subarray(0, size))
    shared.fill('?', 0, size)
    at += size
  }
  if (switched !== undefined) switched += bytes.toString('latin1', at)
  else if (ends) parser.finish()
  const reading =
    head === undefined || trailers === undefined
      ? undefined
      : { interim, ...head, body, trailers, switched }
  const { keepsAlive } = parser
  return { reading, fault, keepsAlive, repairs }
}

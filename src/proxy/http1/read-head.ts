/** The head of one response: what its text says, and what that means for its connection. */

import { listsName } from '../../terms/field-names.js'
import type { Repairs } from '../../terms/upstream-repair.js'
import type { ResponseHead } from '../message/response-head.js'
import { readCoding } from './framing.js'
import { endOfEmptyLines, readFields, readStatusLine } from './grammar.js'

/** Reads a head that is whole, or says why it is none that can be relayed. */
export function readHead(text: string, found: Repairs): ResponseHead | string {
  const start = endOfEmptyLines(text)
  if (start > 0) found.add('empty-line')
  const line = readStatusLine(text, start, found)
  if (line === undefined) return 'its status line is not one of HTTP/1'
  const block = readFields(text, line.end, found)
  if (typeof block === 'string') return block
  const { status, reason, version } = line
  const { fields, connection, coding, length: announced } = block
  const isChunked = readCoding(coding, found)
  if (isChunked === undefined) return 'its transfer coding is not chunked'
  const isOverridden = isChunked && announced !== undefined
  // RFC 9112, 6.1: of HTTP/1.0 some read the chunks and some the length.
  if (isOverridden && version === '1.0') return 'it has both a length and chunks in HTTP/1.0'
  if (isOverridden) found.add('length-beside-chunked')
  const length = isOverridden ? undefined : announced
  return { status, reason, version, fields, connection, isChunked, length }
}

/** Reads the fields behind a body in chunks: https://www.rfc-editor.org/rfc/rfc9112#section-7.1.2 */
export function readTrailerFields(text: string, found: Repairs): readonly string[] | string {
  const block = readFields(text, 0, found)
  if (typeof block === 'string') return block
  const isFramed = block.length !== undefined || block.coding !== undefined
  return isFramed ? 'its trailers hold a length or a coding' : block.fields
}

/** Whether its connection may carry another: https://www.rfc-editor.org/rfc/rfc9112#section-9.3 */
export function keepsAlive(
  { status, version, connection, isChunked, length }: ResponseHead,
  isBodiless: boolean,
): boolean {
  if (!isBodiless && !isChunked && length === undefined) return false
  // What some servers send behind a 204 may come too late to be seen as a surplus.
  if (status === 204 && (isChunked || (length ?? 0) > 0)) return false
  if (version === '1.1') return !lists(connection, 'close')
  // RFC 9112, 6.1: chunks in HTTP/1.0 are read, and the connection is not trusted further.
  return lists(connection, 'keep-alive') && !lists(connection, 'close') && !isChunked
}

function lists(connection: string | undefined, name: string): boolean {
  return connection !== undefined && listsName(connection, name)
}

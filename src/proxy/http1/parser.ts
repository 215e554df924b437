/**
 * Reads the responses of one connection: https://www.rfc-editor.org/rfc/rfc9112
 *
 * Dear reader, this is how its state moves. `begin` puts it before a head; each byte then belongs to
 * the state that it finds, and only what is named here moves it on:
 *
 *     OVER ── begin ──► HEAD
 *     HEAD ── acceptInterim: 1xx ──► HEAD
 *          ── switchOver: 101, 2xx to CONNECT ──► OVER, and the bytes are another protocol's
 *          ── accept: no body ──► OVER; a length ──► LENGTH; chunks ──► CHUNK_LINE; else UNTIL_CLOSE
 *     LENGTH ── readData: the last of it ──► OVER
 *     UNTIL_CLOSE ── finish ──► OVER
 *     CHUNK_LINE ── readChunkLine: a size ──► CHUNK_DATA; size 0 ──► TRAILERS
 *     CHUNK_DATA ── readData: the last of it ──► CHUNK_LINE
 *     TRAILERS ── readTrailers ──► OVER
 *              ── finish, when nothing of them has come ──► OVER
 *     any ── stop, fail ──► OVER
 *
 * What breaks the standard but can be read in one way only is repaired, by the list in
 * `terms/upstream-repair.ts`; the rest is a fault. Behind a repair, a fault or a surplus byte
 * `keepsAlive` stays false: nobody is served from that connection again.
 */

import { listsName } from '../../terms/field-names.js'
import type { UpstreamFailure } from '../../terms/upstream-failure.js'
import { type Repairs, type UpstreamRepair, upstreamRepairs } from '../../terms/upstream-repair.js'
import type { ResponseHead } from '../message/response-head.js'
import { ChunkLines } from './chunk-lines.js'
import { failureOfBytes } from './failure.js'
import { readCoding } from './framing.js'
import {
  endOfEmptyLines,
  type FieldBlock,
  readFields,
  readStatusLine,
  type StatusLine,
} from './grammar.js'
import { Section } from './section.js'

/** Hears what the bytes of one response mean, in the order in which they came. */
export interface ResponseSink {
  /** Something was repaired; told once for each kind. */
  onRepair(what: UpstreamRepair): void
  /** An interim response: 1xx, but no switch of protocols. */
  onInterim(head: ResponseHead): void
  onHead(head: ResponseHead): void
  /** A piece of the body; its bytes may be overwritten once this returns. */
  onBody(piece: Buffer): void
  /** The response is whole; `trailers` is laid out like `fields`. */
  onEnd(trailers: readonly string[]): void
  /** 101, or a tunnel: what follows is another protocol, `early` the part of it that has come already. */
  onSwitch(head: ResponseHead, early: Buffer): void
  /** The bytes are no response that can be relayed. Nothing is read after this. */
  onFault(detail: string, failure: UpstreamFailure): void
}

/** How much is read, and how strictly. */
export interface ReadingRules {
  /** The longest head or trailer section, in bytes. */
  readonly maxHeadSize: number
  /** Whether what could be repaired is a fault, too. */
  readonly isStrict: boolean
}

/** Interim responses before one final head: more than any server has a reason to send. */
const MAX_INTERIM = 64

const OVER = 0
const HEAD = 1
const LENGTH = 2
const UNTIL_CLOSE = 3
const CHUNK_LINE = 4
const CHUNK_DATA = 5
const TRAILERS = 6

const noFields: readonly string[] = []
const noBytes = Buffer.alloc(0)
/** So much tells one protocol from another. */
const TELLING = 16
const nothing: ReadingRules = { maxHeadSize: 0, isStrict: true }

/** Reads HTTP/1.1 responses, one for each `begin`, from bytes cut anywhere. */
export class ResponseParser {
  /** Whether the connection may carry another request once this response is whole. */
  keepsAlive = false
  private state = OVER
  private sink: ResponseSink | undefined
  private rules = nothing
  private isHead = false
  private isConnect = false
  private interim = 0
  /** Bytes of the body, or of its present chunk, that are still to come. */
  private left = 0
  private readonly section = new Section()
  private readonly chunkLines = new ChunkLines()
  private hadBytes = false
  /** Repairs that nobody has been told of yet, and all of this response. */
  private readonly found: Repairs = new Set()
  private readonly repairs: Repairs = new Set()

  /** Expects the response to a request of this method. */
  begin(method: string, sink: ResponseSink, rules: ReadingRules): void {
    this.sink = sink
    this.rules = rules
    this.state = HEAD
    this.isHead = method === 'HEAD'
    this.isConnect = method === 'CONNECT'
    this.interim = 0
    this.keepsAlive = false
    this.hadBytes = false
    this.section.clear()
    // Clearing even an empty set makes a new table; most responses need no repair.
    if (this.found.size > 0) this.found.clear()
    if (this.repairs.size > 0) this.repairs.clear()
  }

  /** Whether a byte of the present response has come. */
  get hasBegun(): boolean {
    return this.hadBytes
  }

  /** Whether nothing is expected: whatever comes now was not asked for. */
  get isOver(): boolean {
    return this.state === OVER
  }

  /** Hears no more of this response. */
  stop(): void {
    this.state = OVER
    this.sink = undefined
  }

  read(bytes: Buffer): void {
    this.hadBytes = true
    let at = 0
    while (at < bytes.length) {
      switch (this.state) {
        case OVER:
          // What follows belongs to nothing that was asked.
          this.keepsAlive = false
          return
        case HEAD:
          at = this.readHead(bytes, at)
          break
        case UNTIL_CLOSE:
          this.sink?.onBody(at === 0 ? bytes : bytes.subarray(at))
          return
        case CHUNK_LINE:
          at = this.readChunkLine(bytes, at)
          break
        case TRAILERS:
          at = this.readTrailers(bytes, at)
          break
        default:
          at = this.readData(bytes, at)
      }
    }
  }

  /** The connection has ended: true when that is the end of the response, too. */
  finish(): boolean {
    // RFC 9112, 8: what was cut short behind the last chunk is no body.
    const endsAtLastChunk = this.state === TRAILERS && this.section.text === ''
    if (endsAtLastChunk) this.found.add('no-line-behind-chunks')
    else if (this.state !== UNTIL_CLOSE) return false
    if (this.mends(noBytes)) this.end(noFields)
    return true
  }

  private readHead(bytes: Buffer, at: number): number {
    if (!this.gather(bytes, at, 'head')) return bytes.length
    const { found } = this
    const { text } = this.section
    const start = endOfEmptyLines(text)
    if (start > 0) found.add('empty-line')
    const line = readStatusLine(text, start, found)
    if (line === undefined) return this.fail('its status line is not one of HTTP/1', bytes)
    const block = readFields(text, line.end, found)
    if (typeof block === 'string') return this.fail(block, bytes)
    this.section.clear()
    return this.accept(line, block, bytes)
  }

  /** How long its body is: https://www.rfc-editor.org/rfc/rfc9112#section-6.3 */
  private accept(
    { status, reason, version }: StatusLine,
    { fields, connection, coding, length: announced }: FieldBlock,
    bytes: Buffer,
  ): number {
    const { found } = this
    const { next } = this.section
    const isChunked = readCoding(coding, found)
    if (isChunked === undefined) return this.fail('its transfer coding is not chunked', bytes)
    const isOverridden = isChunked && announced !== undefined
    // RFC 9112, 6.1: of HTTP/1.0 some read the chunks and some the length.
    if (isOverridden && version === '1.0') {
      return this.fail('it has both a length and chunks in HTTP/1.0', bytes)
    }
    if (isOverridden) found.add('length-beside-chunked')
    if (!this.mends(bytes)) return bytes.length
    const length = isOverridden ? undefined : announced
    const head = { status, reason, version, fields, connection, isChunked, length }
    if (status < 200) return this.acceptInterim(head, bytes)
    if (this.isConnect && status < 300) return this.switchOver(head, bytes)
    const isBodiless = this.isHead || status === 204 || status === 304
    this.keepsAlive = this.repairs.size === 0 && keepsAlive(head, isBodiless)
    this.left = length ?? 0
    if (isChunked) this.chunkLines.begin()
    const isEmpty = isBodiless || length === 0
    this.state = isEmpty || length !== undefined ? LENGTH : isChunked ? CHUNK_LINE : UNTIL_CLOSE
    this.sink?.onHead(head)
    // Whoever heard of the head may have stopped us.
    if (isEmpty && this.state !== OVER) this.end(noFields)
    return next
  }

  /**
   * https://www.rfc-editor.org/rfc/rfc9110#section-15.2, and of a switch to WebSocket
   * https://www.rfc-editor.org/rfc/rfc6455#section-4.1
   */
  private acceptInterim(head: ResponseHead, bytes: Buffer): number {
    const { next } = this.section
    if (head.isChunked || (head.length ?? 0) > 0) {
      return this.fail('an interim response has a body', bytes)
    }
    if (head.status === 101) return this.switchOver(head, bytes)
    this.interim++
    if (this.interim > MAX_INTERIM) return this.fail('too many interim responses', bytes)
    this.sink?.onInterim(head)
    return next
  }

  /** Of a tunnel a length or chunks say nothing: https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6 */
  private switchOver(head: ResponseHead, bytes: Buffer): number {
    const { sink } = this
    const { next } = this.section
    this.stop()
    sink?.onSwitch(head, next < bytes.length ? Buffer.from(bytes.subarray(next)) : noBytes)
    return bytes.length
  }

  private readData(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.left)
    this.left -= end - at
    const isLast = this.left === 0
    if (isLast && this.state === CHUNK_DATA) this.state = CHUNK_LINE
    this.sink?.onBody(at === 0 && end === bytes.length ? bytes : bytes.subarray(at, end))
    if (isLast && this.state === LENGTH) this.end(noFields)
    return end
  }

  private readChunkLine(bytes: Buffer, at: number): number {
    const { chunkLines } = this
    const next = chunkLines.read(bytes, at, this.found)
    if (chunkLines.fault !== undefined) return this.fail(chunkLines.fault, bytes)
    if (!this.mends(bytes)) return bytes.length
    if (chunkLines.isRead) {
      this.left = chunkLines.size
      this.state = chunkLines.size === 0 ? TRAILERS : CHUNK_DATA
    }
    return next
  }

  /** https://www.rfc-editor.org/rfc/rfc9112#section-7.1.2 */
  private readTrailers(bytes: Buffer, at: number): number {
    if (!this.gather(bytes, at, 'trailer section')) return bytes.length
    const block = readFields(this.section.text, 0, this.found)
    if (typeof block === 'string') return this.fail(block, bytes)
    if (block.length !== undefined || block.coding !== undefined) {
      return this.fail('its trailers hold a length or a coding', bytes)
    }
    if (!this.mends(bytes)) return bytes.length
    this.end(block.fields)
    return this.section.next
  }

  /** Whether the section is whole; one that can become none is a fault. */
  private gather(bytes: Buffer, at: number, what: 'head' | 'trailer section'): boolean {
    const gathered = this.section.gather(bytes, at, what === 'head', this.rules.maxHeadSize)
    if (gathered === 'too-long') this.fail(`its ${what} is too long`, bytes, 'head-too-long')
    else if (gathered === 'not-http') {
      const text = this.section.text + bytes.toString('latin1', at, at + TELLING)
      const { failure, detail } = failureOfBytes(text)
      this.fail(detail, bytes, failure)
    }
    return gathered === 'whole'
  }

  private end(trailers: readonly string[]): void {
    const { sink } = this
    this.stop()
    sink?.onEnd(trailers)
  }

  /** Tells what was found bent; where that is refused it is a fault, and false. */
  private mends(bytes: Buffer): boolean {
    const { found, repairs } = this
    if (found.size === 0) return true
    this.keepsAlive = false
    for (const what of found) {
      if (this.rules.isStrict) {
        const detail = `${upstreamRepairs[what]} (refused by strictUpstream)`
        this.fail(detail, bytes, 'refused-repair')
        return false
      }
      if (repairs.has(what)) continue
      repairs.add(what)
      this.sink?.onRepair(what)
    }
    found.clear()
    return true
  }

  /** Nothing is read behind a fault, and nothing more is heard. */
  private fail(
    detail: string,
    bytes: Buffer,
    failure: UpstreamFailure = 'invalid-response',
  ): number {
    const { sink } = this
    this.stop()
    this.keepsAlive = false
    sink?.onFault(detail, failure)
    return bytes.length
  }
}

/** https://www.rfc-editor.org/rfc/rfc9112#section-9.3 */
function keepsAlive(
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

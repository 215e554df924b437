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

import type { UpstreamFailure } from '../../terms/upstream-failure.js'
import { upstreamRepairs } from '../../terms/upstream-repair.js'
import type { ResponseHead } from '../message/response-head.js'
import { ChunkLines } from './chunk-lines.js'
import { keepsAlive, readHead, readTrailerFields } from './read-head.js'
import { ResponseRepairs } from './response-repairs.js'
import type { ReadingRules, ResponseSink } from './response-sink.js'
import { Section } from './section.js'

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
  private readonly repairs = new ResponseRepairs()

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
    this.repairs.begin()
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
    if (endsAtLastChunk) this.repairs.found.add('no-line-behind-chunks')
    else if (this.state !== UNTIL_CLOSE) return false
    if (this.mends(noBytes)) this.end(noFields)
    return true
  }

  private readHead(bytes: Buffer, at: number): number {
    if (!this.gather(bytes, at, 'head')) return bytes.length
    const head = readHead(this.section.text, this.repairs.found)
    if (typeof head === 'string') return this.fail(head, bytes)
    this.section.clear()
    if (!this.mends(bytes)) return bytes.length
    if (head.status < 200) return this.acceptInterim(head, bytes)
    return this.isConnect && head.status < 300 ? this.switchOver(head, bytes) : this.accept(head)
  }

  /** How long its body is: https://www.rfc-editor.org/rfc/rfc9112#section-6.3 */
  private accept(head: ResponseHead): number {
    const { status, isChunked, length } = head
    const { next } = this.section
    const isBodiless = this.isHead || status === 204 || status === 304
    this.keepsAlive = this.repairs.isNone && keepsAlive(head, isBodiless)
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
    const next = chunkLines.read(bytes, at, this.repairs.found)
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
    const fields = readTrailerFields(this.section.text, this.repairs.found)
    if (typeof fields === 'string') return this.fail(fields, bytes)
    if (!this.mends(bytes)) return bytes.length
    this.end(fields)
    return this.section.next
  }

  /** Whether the section is whole; one that can become none is a fault. */
  private gather(bytes: Buffer, at: number, what: 'head' | 'trailer section'): boolean {
    const gathered = this.section.gather(bytes, at, what, this.rules.maxHeadSize)
    if (typeof gathered !== 'string') this.fail(gathered.detail, bytes, gathered.failure)
    return gathered === 'whole'
  }

  private end(trailers: readonly string[]): void {
    const { sink } = this
    this.stop()
    sink?.onEnd(trailers)
  }

  /** Tells what was found bent; where that is refused it is a fault, and false. */
  private mends(bytes: Buffer): boolean {
    if (this.repairs.found.size === 0) return true
    this.keepsAlive = false
    const refused = this.repairs.tell(this.rules.isStrict, what => this.sink?.onRepair(what))
    if (refused === undefined) return true
    this.fail(`${upstreamRepairs[refused]} (refused by strictUpstream)`, bytes, 'refused-repair')
    return false
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

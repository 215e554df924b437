import { hasToken } from '../message/field-kinds.js'
import {
  type FieldBlock,
  hasLoneLineFeed,
  hexValue,
  isControl,
  isStatusLineSoFar,
  readFields,
  readStatusLine,
  type StatusLine,
} from './grammar.js'

/** The head of an upstream response, with its framing read (RFC 9112, 6). */
export interface ResponseHead {
  readonly status: number
  readonly reason: string
  readonly version: '1.0' | '1.1'
  /** Name and value of each line in turn: case, order and repeats kept. */
  readonly fields: readonly string[]
  /** The values of all `Connection` lines, joined. */
  readonly connection: string | undefined
  readonly isChunked: boolean
  /** The announced length in bytes; undefined when none is announced. */
  readonly length: number | undefined
}

/** Hears what the bytes of one response mean, in the order in which they came. */
export interface ResponseSink {
  /** An interim response: 1xx, but no switch of protocols. */
  onInterim(head: ResponseHead): void
  onHead(head: ResponseHead): void
  /** A piece of the body; its bytes may be overwritten once this returns. */
  onBody(piece: Buffer): void
  /** The response is whole; `trailers` is laid out like `fields`. */
  onEnd(trailers: readonly string[]): void
  /** 101: what follows is another protocol, `early` the part of it that has come already. */
  onSwitch(head: ResponseHead, early: Buffer): void
  /** The bytes are no response that can be relayed. Nothing is read after this. */
  onFault(detail: string): void
}

/** Interim responses before one final head: more than any server has a reason to send. */
const MAX_INTERIM = 64
/** The longest head or trailer section, in bytes: as long as Node's own client reads. */
const MAX_BLOCK_SIZE = 16_384
/** What chunk extensions may add up to in one response, in bytes. */
const MAX_EXTENSIONS = 16_384
/** Hexadecimal digits of a chunk size: below 2^52, where numbers are exact. */
const MAX_SIZE_DIGITS = 13

const OVER = 0
const HEAD = 1
const LENGTH = 2
const UNTIL_CLOSE = 3
const CHUNK_SIZE = 4
const CHUNK_EXTENSION = 5
const CHUNK_SIZE_LF = 6
const CHUNK_DATA = 7
const CHUNK_DATA_CR = 8
const CHUNK_DATA_LF = 9
const TRAILERS = 10

const noFields: readonly string[] = []
const noBytes = Buffer.alloc(0)
const notHttp = 'its status line is not one of HTTP/1'

/**
 * Reads HTTP/1.1 responses, one for each `begin`, from bytes cut anywhere. Strict on purpose: what
 * RFC 9112 calls invalid is a fault, and so is what readers are known to understand in different
 * ways, as two lengths, a length beside chunks, a coding other than chunked, or a lone CR or LF.
 */
export class ResponseParser {
  /** Whether the connection may carry another request once this response is whole. */
  keepsAlive = false
  private state = OVER
  private sink: ResponseSink | undefined
  private isHead = false
  private interim = 0
  /** Bytes of the body, or of its present chunk, that are still to come. */
  private left = 0
  private digits = 0
  private extensions = 0
  /** A head or trailer section that has come in part. */
  private partial = ''
  /** Where the bytes go on behind the section that was read last. */
  private next = 0
  private hadBytes = false

  /** Expects the response to a request of this method. */
  begin(method: string, sink: ResponseSink): void {
    this.sink = sink
    this.state = HEAD
    this.isHead = method === 'HEAD'
    this.interim = 0
    this.extensions = 0
    this.keepsAlive = false
    this.hadBytes = false
    this.partial = ''
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
        case LENGTH:
        case CHUNK_DATA:
          at = this.readData(bytes, at)
          break
        case UNTIL_CLOSE:
          this.sink?.onBody(at === 0 ? bytes : bytes.subarray(at))
          return
        case TRAILERS:
          at = this.readTrailers(bytes, at)
          break
        default:
          at = this.readChunkLine(bytes, at)
      }
    }
  }

  /** The connection has ended: true when that is the end of the response, too. */
  finish(): boolean {
    if (this.state !== UNTIL_CLOSE) return false
    this.end(noFields)
    return true
  }

  private readHead(bytes: Buffer, at: number): number {
    const text = this.gather(bytes, at, 'head')
    if (text === undefined) return bytes.length
    const line = readStatusLine(text)
    if (line === undefined) return this.fail(notHttp, bytes)
    const block = readFields(text, line.end)
    if (typeof block === 'string') return this.fail(block, bytes)
    return this.accept(line, block, bytes)
  }

  private accept(
    { status, reason, version }: StatusLine,
    { fields, connection, coding, length }: FieldBlock,
    bytes: Buffer,
  ): number {
    const { next } = this
    const isChunked = coding !== undefined
    const head = { status, reason, version, fields, connection, isChunked, length }
    if (status < 200) return this.acceptInterim(head, bytes)
    if (isChunked && coding.toLowerCase() !== 'chunked') {
      return this.fail('its transfer coding is not chunked', bytes)
    }
    if (isChunked && length !== undefined) {
      return this.fail('it has a length beside a transfer coding', bytes)
    }
    const isBodiless = this.isHead || status === 204 || status === 304
    this.keepsAlive =
      (isBodiless || isChunked || length !== undefined) &&
      // RFC 9112, 6.1: chunks in HTTP/1.0 are read, and the connection is not trusted further.
      (version === '1.1' ? !hasToken(connection, 'close') : isKept(connection) && !isChunked)
    this.left = isChunked ? 0 : (length ?? 0)
    this.digits = 0
    const isEmpty = isBodiless || length === 0
    this.state = isEmpty || length !== undefined ? LENGTH : isChunked ? CHUNK_SIZE : UNTIL_CLOSE
    this.sink?.onHead(head)
    // Whoever heard of the head may have stopped us.
    if (isEmpty && this.state !== OVER) this.end(noFields)
    return next
  }

  private acceptInterim(head: ResponseHead, bytes: Buffer): number {
    const { next } = this
    if (head.isChunked || (head.length ?? 0) > 0) {
      return this.fail('an interim response has a body', bytes)
    }
    if (head.status === 101) {
      const { sink } = this
      this.stop()
      sink?.onSwitch(head, next < bytes.length ? Buffer.from(bytes.subarray(next)) : noBytes)
      return bytes.length
    }
    this.interim++
    if (this.interim > MAX_INTERIM) return this.fail('too many interim responses', bytes)
    this.sink?.onInterim(head)
    return next
  }

  private readData(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.left)
    this.left -= end - at
    const isLast = this.left === 0
    if (isLast && this.state === CHUNK_DATA) this.state = CHUNK_DATA_CR
    this.sink?.onBody(at === 0 && end === bytes.length ? bytes : bytes.subarray(at, end))
    if (isLast && this.state === LENGTH) this.end(noFields)
    return end
  }

  /** The bytes between the pieces of a chunked body (RFC 9112, 7.1). */
  private readChunkLine(bytes: Buffer, from: number): number {
    let at = from
    while (at < bytes.length) {
      const code = bytes[at++] as number
      switch (this.state) {
        case CHUNK_SIZE: {
          const digit = hexValue(code)
          if (digit >= 0) {
            this.digits++
            if (this.digits > MAX_SIZE_DIGITS) return this.fail('a chunk is too large', bytes)
            this.left = this.left * 16 + digit
          } else if (this.digits > 0 && code === 0x0d) this.state = CHUNK_SIZE_LF
          else if (this.digits > 0 && code === 0x3b) this.state = CHUNK_EXTENSION
          else return this.fail('a chunk size is no hexadecimal number', bytes)
          break
        }
        case CHUNK_EXTENSION:
          this.extensions++
          if (code === 0x0d) this.state = CHUNK_SIZE_LF
          else if (isControl(code)) return this.fail('a control byte in a chunk extension', bytes)
          else if (this.extensions > MAX_EXTENSIONS) {
            return this.fail('its chunk extensions are too long', bytes)
          }
          break
        case CHUNK_SIZE_LF:
          if (code !== 0x0a) return this.fail('a chunk size line does not end in CR LF', bytes)
          this.state = this.left === 0 ? TRAILERS : CHUNK_DATA
          return at
        case CHUNK_DATA_CR:
          if (code !== 0x0d) return this.fail('a chunk is longer than its size', bytes)
          this.state = CHUNK_DATA_LF
          break
        default:
          if (code !== 0x0a) return this.fail('a chunk does not end in CR LF', bytes)
          this.state = CHUNK_SIZE
          this.left = 0
          this.digits = 0
      }
    }
    return at
  }

  private readTrailers(bytes: Buffer, at: number): number {
    const text = this.gather(bytes, at, 'trailer section')
    if (text === undefined) return bytes.length
    const block = readFields(text, 0)
    if (typeof block === 'string') return this.fail(block, bytes)
    if (block.length !== undefined || block.coding !== undefined) {
      return this.fail('its trailers hold a length or a coding', bytes)
    }
    const { next } = this
    this.end(block.fields)
    return next
  }

  /**
   * The text of a section up to the empty line behind it, or undefined while that has not come.
   */
  private gather(bytes: Buffer, at: number, what: 'head' | 'trailer section'): string | undefined {
    const before = this.partial.length
    const room = MAX_BLOCK_SIZE - before
    const text = this.partial + bytes.toString('latin1', at, Math.min(bytes.length, at + room))
    const isEmpty = what === 'trailer section' && text.startsWith('\r\n')
    const last = isEmpty ? 0 : text.indexOf('\r\n\r\n', Math.max(0, before - 3))
    if (last === -1) {
      if (text.length === MAX_BLOCK_SIZE) this.fail(`its ${what} is too long`, bytes)
      else if (what === 'head' && !isStatusLineSoFar(text)) this.fail(notHttp, bytes)
      else if (hasLoneLineFeed(text, before)) this.fail('a line does not end in CR LF', bytes)
      else this.partial = text
      return undefined
    }
    const end = isEmpty ? 2 : last + 4
    this.partial = ''
    this.next = at + end - before
    return text.slice(0, end)
  }

  private end(trailers: readonly string[]): void {
    const { sink } = this
    this.stop()
    sink?.onEnd(trailers)
  }

  /** Nothing is read behind a fault, and nothing more is heard. */
  private fail(detail: string, bytes: Buffer): number {
    const { sink } = this
    this.stop()
    this.keepsAlive = false
    sink?.onFault(detail)
    return bytes.length
  }
}

function isKept(connection: string | undefined): boolean {
  return hasToken(connection, 'keep-alive') && !hasToken(connection, 'close')
}

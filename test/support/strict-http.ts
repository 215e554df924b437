// A strict HTTP/1.1 message reader for tests: every byte that a careful peer would not send is a
// named problem. It shares nothing with Node's parser, so that the two can disagree.

export interface HttpMessage {
  /** The start line as received, latin1. */
  readonly startLine: string
  /** Name/value pairs in their order, case and number. */
  readonly headers: readonly (readonly [string, string])[]
  readonly body: Buffer
  readonly trailers: readonly (readonly [string, string])[]
  readonly framing: 'none' | 'length' | 'chunked' | 'until-close'
  /** False for a message whose end has not been seen (yet). */
  readonly complete: boolean
}

export interface StrictReader {
  push(bytes: Buffer): void
  /** The peer closed cleanly: ends a body that runs until the close, exposes a cut message. */
  finish(): void
  /** Whole messages, interim responses included. */
  readonly messages: readonly HttpMessage[]
  /** The message being received: its head is whole, its body is not. */
  readonly partial: HttpMessage | undefined
  /** Bytes that belong to no message yet. */
  readonly rest: Buffer
  /** The first departure from the grammar; nothing is read after it. */
  readonly problem: string | undefined
}

export interface StrictReaderOptions {
  readonly kind: 'request' | 'response'
  /** For responses: the method of the nth request, so that HEAD has no body. */
  readonly methodOf?: (index: number) => string
  /**
   * Takes of a request what servers take without harm: line ends before it (RFC 9112, 2.2), more
   * blanks in its first line, zeros before its length.
   */
  readonly isServer?: boolean
  readonly onHead?: (message: HttpMessage) => void
  readonly onMessage?: (message: HttpMessage) => void
}

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/
const requestLine = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+ [\x21-\x7e\x80-\xff]+ HTTP\/1\.[01]$/
const statusLine = /^HTTP\/1\.[01] [1-9][0-9][0-9] [\t\x20-\x7e\x80-\xff]*$/

export function createStrictReader(options: StrictReaderOptions): StrictReader {
  const messages: HttpMessage[] = []
  let rest: Buffer = Buffer.alloc(0)
  let partial: Writable<HttpMessage> | undefined
  let problem: string | undefined
  let body: Buffer[] = []
  let lengthLeft = 0
  let chunk: 'size' | 'data' | 'data-end' | 'trailers' = 'size'
  let answered = 0

  function fail(text: string): false {
    problem ??= text
    return false
  }

  /** One CRLF line from `rest`, or undefined while it is not whole. */
  function takeLine(limit: number): string | undefined {
    const at = rest.indexOf('\n')
    if (at === -1) {
      if (rest.length > limit) fail('a line without an end')
      return undefined
    }
    if (at === 0 || rest[at - 1] !== 0x0d) {
      fail(`a line that ends in a bare LF: ${rest.toString('latin1', 0, Math.min(at, 60))}`)
      return undefined
    }
    const line = rest.toString('latin1', 0, at - 1)
    if (line.includes('\r')) {
      fail('a bare CR in a line')
      return undefined
    }
    rest = rest.subarray(at + 1)
    return line
  }

  function parseField(line: string): readonly [string, string] | undefined {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon)
    const value = line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '')
    if (colon < 1 || !token.test(name)) {
      fail(`a header line with a bad name: ${JSON.stringify(line.slice(0, 60))}`)
      return undefined
    }
    if (!fieldValue.test(value)) {
      fail(`a header line with a bad value: ${JSON.stringify(line.slice(0, 60))}`)
      return undefined
    }
    return [name, value]
  }

  function readHead(): boolean {
    if (options.isServer === true) {
      let from = 0
      while (rest[from] === 0x0d || rest[from] === 0x0a) from++
      rest = rest.subarray(from)
    }
    const end = rest.indexOf('\r\n\r\n')
    if (end === -1) {
      if (/[^\r]\n/.test(rest.toString('latin1', 0, 65536))) return fail('a bare LF in a head')
      return false
    }
    let startLine = takeLine(65536)
    if (startLine === undefined) return false
    if (options.isServer === true) startLine = startLine.replace(/ +/g, ' ')
    const grammar = options.kind === 'request' ? requestLine : statusLine
    if (!grammar.test(startLine)) {
      return fail(`a bad start line: ${JSON.stringify(startLine.slice(0, 80))}`)
    }
    const headers: (readonly [string, string])[] = []
    for (;;) {
      const line = takeLine(65536)
      if (line === undefined) return false
      if (line === '') break
      const field = parseField(line)
      if (!field) return false
      headers.push(field)
    }
    partial = {
      startLine,
      headers,
      body: Buffer.alloc(0),
      trailers: [],
      framing: 'none',
      complete: false,
    }
    const framing = framingOf(partial)
    if (framing === undefined) return false
    partial.framing = framing
    body = []
    chunk = 'size'
    options.onHead?.(partial)
    return true
  }

  function framingOf(message: HttpMessage): HttpMessage['framing'] | undefined {
    const lengths = valuesOf(message.headers, 'content-length')
    const codings = valuesOf(message.headers, 'transfer-encoding')
    if (lengths.length > 1) fail('two Content-Length lines')
    if (codings.length > 1) fail('two Transfer-Encoding lines')
    if (lengths.length && codings.length) fail('Content-Length beside Transfer-Encoding')
    const length = options.isServer === true ? /^0*[0-9]{1,16}$/ : /^(0|[1-9][0-9]{0,15})$/
    if (lengths[0] !== undefined && !length.test(lengths[0])) {
      fail(`a bad Content-Length: ${JSON.stringify(lengths[0])}`)
    }
    if (codings[0] !== undefined && codings[0].toLowerCase() !== 'chunked') {
      fail(`a Transfer-Encoding other than chunked: ${JSON.stringify(codings[0])}`)
    }
    if (problem) return undefined
    lengthLeft = Number(lengths[0] ?? 0)
    if (options.kind === 'request') {
      if (codings.length && message.startLine.endsWith('1.0')) {
        fail('a chunked HTTP/1.0 request')
        return undefined
      }
      return codings.length ? 'chunked' : lengths.length && lengthLeft > 0 ? 'length' : 'none'
    }
    const status = statusOf(message)
    if ((status < 200 || status === 204) && codings.length) {
      fail(`Transfer-Encoding on a ${status}`)
      return undefined
    }
    const isHead = options.methodOf?.(answered) === 'HEAD'
    if (status < 200 || status === 204 || status === 304 || isHead) return 'none'
    if (codings.length) return 'chunked'
    if (lengths.length) return lengthLeft > 0 ? 'length' : 'none'
    return 'until-close'
  }

  function endMessage(): void {
    if (!partial) return
    partial.body = Buffer.concat(body)
    partial.complete = true
    const message: HttpMessage = partial
    partial = undefined
    messages.push(message)
    if (options.kind === 'request' || statusOf(message) >= 200) answered += 1
    options.onMessage?.(message)
  }

  function take(length: number): void {
    body.push(rest.subarray(0, length))
    rest = rest.subarray(length)
  }

  /** Reads what it can of the current chunked body; true when the message is whole. */
  function readChunked(message: Writable<HttpMessage>): boolean {
    for (;;) {
      if (chunk === 'size') {
        const line = takeLine(1024)
        if (line === undefined) return false
        if (!/^[0-9a-fA-F]{1,12}(;[\t\x20-\x7e]*)?$/.test(line)) {
          return fail(`a bad chunk size: ${JSON.stringify(line.slice(0, 40))}`)
        }
        lengthLeft = Number.parseInt(line, 16)
        chunk = lengthLeft === 0 ? 'trailers' : 'data'
      } else if (chunk === 'data') {
        const length = Math.min(lengthLeft, rest.length)
        take(length)
        lengthLeft -= length
        if (lengthLeft > 0) return false
        chunk = 'data-end'
      } else if (chunk === 'data-end') {
        if (rest.length < 2) return false
        if (rest[0] !== 0x0d || rest[1] !== 0x0a) return fail('a chunk longer than its size')
        rest = rest.subarray(2)
        chunk = 'size'
      } else {
        const line = takeLine(65536)
        if (line === undefined) return false
        if (line === '') return true
        const field = parseField(line)
        if (!field) return false
        message.trailers = [...message.trailers, field]
      }
    }
  }

  function step(): boolean {
    if (problem) return false
    if (!partial) return rest.length > 0 && readHead()
    if (partial.framing === 'none') {
      endMessage()
      return true
    }
    if (partial.framing === 'length') {
      const length = Math.min(lengthLeft, rest.length)
      take(length)
      lengthLeft -= length
      if (lengthLeft > 0) return false
      endMessage()
      return true
    }
    if (partial.framing === 'chunked') {
      if (!readChunked(partial)) return false
      endMessage()
      return true
    }
    take(rest.length)
    return false
  }

  return {
    messages,
    get partial() {
      return partial && { ...partial, body: Buffer.concat(body) }
    },
    get rest() {
      return rest
    },
    get problem() {
      return problem
    },
    push(bytes) {
      rest = rest.length ? Buffer.concat([rest, bytes]) : bytes
      while (step());
    },
    finish() {
      while (step());
      if (partial?.framing === 'until-close') endMessage()
    },
  }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }

/** Every value of one header, its name in any case, in the order of its lines. */
export function valuesOf(headers: HttpMessage['headers'], name: string): string[] {
  const wanted = name.toLowerCase()
  return headers.filter(([key]) => key.toLowerCase() === wanted).map(([, value]) => value)
}

/** The values of one header joined by `, `, or undefined when there is no such line. */
export function headerOf(message: HttpMessage, name: string): string | undefined {
  const values = valuesOf(message.headers, name)
  return values.length ? values.join(', ') : undefined
}

export function statusOf(message: HttpMessage): number {
  return Number(message.startLine.slice(9, 12))
}

export function methodOf(message: HttpMessage): string {
  return message.startLine.slice(0, message.startLine.indexOf(' '))
}

export function targetOf(message: HttpMessage): string {
  return message.startLine.slice(message.startLine.indexOf(' ') + 1, -' HTTP/1.1'.length)
}

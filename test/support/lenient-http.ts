// A second reader for requests, deliberately lenient: it takes what careless servers take. Where
// it sees another number of requests than a strict one, the bytes were fit for smuggling.

export interface LenientRequest {
  readonly method: string
  readonly target: string
  readonly body: string
}

/** All requests in these bytes, as latin1; what is left unfinished at the end is not one. */
export function readLeniently(bytes: string): LenientRequest[] {
  const requests: LenientRequest[] = []
  let at = 0

  /** A line ends in LF; any CR before it, and none, will do. */
  function line(): string | undefined {
    const end = bytes.indexOf('\n', at)
    if (end === -1) return undefined
    const text = bytes.slice(at, end).replace(/\r+$/, '')
    at = end + 1
    return text
  }

  function chunked(): string | undefined {
    let body = ''
    for (;;) {
      const sizeLine = line()
      if (sizeLine === undefined) return undefined
      const size = Number.parseInt(sizeLine.replaceAll('_', ''), 16)
      if (!(size > 0)) break
      if (at + size > bytes.length) return undefined
      body += bytes.slice(at, at + size)
      at += size
      if (bytes[at] === '\r') at += 1
      if (bytes[at] === '\n') at += 1
    }
    for (;;) {
      const trailer = line()
      if (trailer === undefined) return undefined
      if (trailer === '') return body
    }
  }

  for (;;) {
    let start = line()
    while (start === '') start = line()
    if (start === undefined) return requests
    const [method = '', target = ''] = start.trim().split(/[\s\v\f]+/)
    const fields = new Map<string, string>()
    let last = ''
    for (;;) {
      const text = line()
      if (text === undefined) return requests
      if (text === '') break
      if (/^[ \t]/.test(text)) {
        fields.set(last, `${fields.get(last) ?? ''} ${text.trim()}`)
        continue
      }
      const colon = text.indexOf(':')
      last = nameOf(colon === -1 ? text : text.slice(0, colon))
      fields.set(last, colon === -1 ? '' : text.slice(colon + 1).trim())
    }
    const coding = fields.get('transfer-encoding') ?? ''
    if (/chunked/i.test(coding)) {
      const body = chunked()
      if (body === undefined) return requests
      requests.push({ method, target, body })
      continue
    }
    const length = Number.parseInt(fields.get('content-length') ?? '0', 10) || 0
    if (length < 0 || at + length > bytes.length) return requests
    requests.push({ method, target, body: bytes.slice(at, at + length) })
    at += length
  }
}

/** Some servers fold `_` into `-`, and ignore space and control bytes around a name. */
function nameOf(text: string): string {
  return text
    .toLowerCase()
    .replaceAll('_', '-')
    .replace(/^[^!-~]+|[^!-~]+$/g, '')
}

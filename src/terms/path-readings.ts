// How a path may be read behind us. Servers differ in how often they decode (RFC 3986, 2.4), whether
// `;` begins parameters (3.3), whether they merge slashes and resolve dots (5.2.4), and in which
// order. Whoever chooses by path asks for every reading.
// https://www.rfc-editor.org/rfc/rfc3986#section-6.2.2

/** How often a path may be decoded on its way: by proxies behind us, and by the program itself. */
const MAX_DECODINGS = 3

/** Characters looked at before a path counts as one that nobody can follow: this bounds the cost. */
const MAX_EFFORT = 262_144

/** Whether every server reads the path of a target alike. Costs one scan. */
export function readsOneWay(target: string): boolean {
  let previous = 0
  for (let at = 0; at < target.length; at++) {
    const code = target.charCodeAt(at)
    if (code === QUESTION || code === HASH) return true
    if (code === PERCENT || code === BACKSLASH || code === SEMICOLON) return false
    if (code < 0x21 || code > 0x7e) return false
    if (previous === SLASH && (code === SLASH || code === DOT)) return false
    previous = code
  }
  return true
}

/**
 * Every way to read the path of a target, its query left out; undefined when there are too many to
 * follow. The first is the path as it came, with escapes in upper case.
 */
export function pathReadings(target: string): readonly string[] | undefined {
  const readings = new Set<string>()
  let effort = 0
  let found = new Set([withUpperCaseEscapes(target.slice(0, endOf(target, /[?#]/u)))])
  for (let decodings = 0; decodings <= MAX_DECODINGS; decodings++) {
    const decodedOnce = new Set<string>()
    // What is added to a set while it is walked is walked too.
    for (const reading of found) {
      if (readings.has(reading)) continue
      readings.add(reading)
      effort += reading.length * (steps.length + 1)
      if (effort > MAX_EFFORT) return undefined
      for (const step of steps) found.add(step(reading))
      decodedOnce.add(decode(reading))
    }
    found = decodedOnce
  }
  return [...readings]
}

/** The path as a server that decodes once and resolves dots reads it. */
export function normalisePath(path: string): string {
  return resolveDots(decode(path))
}

/** What some servers do to a path before they look at it: any of it, in any order. */
const steps: readonly ((path: string) => string)[] = [
  resolveDots,
  path => (path.includes('\\') ? path.replaceAll('\\', '/') : path),
  path => (path.includes('//') ? path.replace(/\/{2,}/gu, '/') : path),
  path => (path.includes(';') ? path.replace(/;[^/]*/gu, '') : path),
  // To a parser of URLs, two slashes begin a host.
  path => (path.startsWith('//') ? path.replace(/^\/\/[^/]+\/*/u, '/') : path),
  // A path that is decoded and then parsed anew ends at a query, a fragment or a NUL.
  path => path.slice(0, endOf(path, /[?#\0]/u)),
  // Old servers take `%u002f`, and ASCII in two bytes of UTF-8.
  path => (path.includes('%U') ? path.replace(/%U00(?=[0-7][0-9A-F])/gu, '%') : path),
  path => (path.includes('%C') ? path.replace(/%C([01])%([89AB][0-9A-F])/gu, inOneByte) : path),
]

function endOf(path: string, cut: RegExp): number {
  const at = path.search(cut)
  return at === -1 ? path.length : at
}

/** RFC 3986, 5.2.4. */
function resolveDots(path: string): string {
  if (!path.includes('/.')) return path
  const kept: string[] = []
  const segments = path.split('/').slice(1)
  segments.forEach((segment, index) => {
    const isLast = index === segments.length - 1
    if (segment === '..') kept.pop()
    if (segment !== '.' && segment !== '..') kept.push(segment)
    else if (isLast) kept.push('')
  })
  return `/${kept.join('/')}`
}

/** Blanks, controls and bytes beyond ASCII stay escaped: no server takes a path apart at them. */
function decode(path: string): string {
  if (!path.includes('%')) return path
  const once = path.replace(/%(?:00|[2-7][0-9a-f])/giu, escaped => {
    const code = Number.parseInt(escaped.slice(1), 16)
    return code === 0x20 || code === 0x7f ? escaped : String.fromCharCode(code)
  })
  return withUpperCaseEscapes(once)
}

function withUpperCaseEscapes(path: string): string {
  return path.replace(/%(?:u[0-9a-f]{4}|[0-9a-f]{2})/giu, escaped => escaped.toUpperCase())
}

/** `%C0%AF`, two bytes for what UTF-8 says in one, as `%2F`. */
function inOneByte(_pair: string, high: string, low: string): string {
  const code = (Number(high) << 6) | (Number.parseInt(low, 16) & 0x3f)
  return `%${code.toString(16).toUpperCase().padStart(2, '0')}`
}

const HASH = 0x23
const PERCENT = 0x25
const DOT = 0x2e
const SLASH = 0x2f
const SEMICOLON = 0x3b
const QUESTION = 0x3f
const BACKSLASH = 0x5c

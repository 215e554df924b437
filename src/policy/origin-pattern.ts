// Reads one entry of an allow-list: an origin, one of the safe wildcard forms, or a keyword.
// Runs when settings are loaded, never per request, so here `URL` may do the canonical spelling.

import { error, type Finding, type FindingCode } from '../terms/finding.js'
import { isLoopbackHost } from '../terms/loopback.js'
import {
  defaultPort,
  isFileOrigin,
  isSpecial,
  maxOriginLength,
  maxSchemeLength,
  scanOpaque,
} from './origin.js'
import { type HostPattern, type ReadHost, readPatternHost } from './pattern-host.js'

/** What one entry of the allow-list covers. Ports are 0 for the scheme's default. */
export type OriginPattern =
  | { readonly kind: 'any' }
  | { readonly kind: 'loopback' }
  | { readonly kind: 'null' }
  | { readonly kind: 'regex'; readonly source: string }
  | {
      readonly kind: 'host'
      readonly scheme: string
      readonly host: HostPattern
      readonly port: number | '*'
    }

/** A pattern and, where the text was a harmless variant, the spelling that browsers use. */
export interface ReadPattern {
  readonly pattern: OriginPattern
  readonly normalised: string | undefined
}

/** Reads one entry of `allowOrigins`. Never throws. */
export function parseOriginPattern(text: string): ReadPattern | Finding {
  switch (text) {
    case '':
      return problem('origin-empty-entry', 'is an empty entry')
    case '*':
      return { pattern: { kind: 'any' }, normalised: undefined }
    case 'null':
      return { pattern: { kind: 'null' }, normalised: undefined }
    case 'loopback':
      return { pattern: { kind: 'loopback' }, normalised: undefined }
  }
  return readRegex(text) ?? rejectSeveral(text) ?? readSchemeAndHost(text)
}

export function isFinding(read: ReadPattern | Finding): read is Finding {
  return 'code' in read
}

/** `/source/`. Letters behind the last slash are flags, and none of them may change a full match. */
function readRegex(text: string): ReadPattern | undefined {
  if (text.length < 3 || !text.startsWith('/') || text.startsWith('//')) return undefined
  const [, source, flags] = /^\/(.+)\/([a-z]*)$/su.exec(text) ?? []
  if (source === undefined) return undefined
  return {
    pattern: { kind: 'regex', source },
    normalised: flags === '' ? undefined : `/${source}/`,
  }
}

function rejectSeveral(text: string): Finding | undefined {
  const quoted = /^(["'])(.*)\1$/su.exec(text)?.[2]
  if (quoted !== undefined) {
    return problem(
      'origin-not-one',
      'still has its quotes: the program that read the value did not remove them',
      quoted,
    )
  }
  const shown = text.trim()
  if (shown !== text) {
    return problem('origin-not-one', 'has spaces or a line break around it', shown)
  }
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x20 || code === 0x7f) {
      return problem('origin-not-one', 'contains a line break or another control character')
    }
    if (code === SPACE || code === COMMA || code === SEMICOLON || code === BAR) {
      return problem(
        'origin-not-one',
        'looks like several origins in one entry: write each as a separate entry',
      )
    }
  }
  return undefined
}

function readSchemeAndHost(text: string): ReadPattern | Finding {
  if (text.length > maxOriginLength) {
    return problem('origin-invalid-host', `is longer than ${maxOriginLength} characters`)
  }
  const schemeEnd = text.indexOf('://')
  const scheme = text.slice(0, Math.max(schemeEnd, 0)).toLowerCase()
  if (scheme === '*') {
    return problem(
      'origin-wildcard-position',
      'has * for its scheme, and http:// would let anyone on the network in',
      `https${text.slice(1)}`,
    )
  }
  if (scheme === 'file' || text.toLowerCase().startsWith('file:')) return readFile(text)
  if (!isScheme(scheme)) {
    return problem(
      'origin-missing-scheme',
      schemeEnd > 0 ? 'does not begin with a valid scheme' : 'has no scheme such as https://',
      guessScheme(text),
    )
  }
  return readAuthority(scheme, text, text.slice(schemeEnd + 3))
}

/** Electron and Cordova send `file://`, and nothing of the path. */
function readFile(text: string): ReadPattern | Finding {
  const lower = text.toLowerCase()
  if (!isFileOrigin(lower)) {
    return problem(
      'origin-file-scheme',
      'is the address of a file: browsers send null for all of them, so serve the page from http://localhost; app shells such as Electron send file://',
      'file://',
    )
  }
  const host: HostPattern = { kind: 'exact', host: lower.slice(7), hostKind: 'opaque' }
  return {
    pattern: { kind: 'host', scheme: 'file', host, port: 0 },
    normalised: lower === text ? undefined : lower,
  }
}

function readAuthority(scheme: string, text: string, rest: string): ReadPattern | Finding {
  const end = rest.search(/[/?#\\]/u)
  const authority = end === -1 ? rest : rest.slice(0, end)
  const tail = end === -1 ? '' : rest.slice(end)
  const bare = authority.slice(authority.lastIndexOf('@') + 1)
  const correction = `${scheme}://${bare}`
  if (bare !== authority) {
    return problem('origin-has-userinfo', 'contains a user name, which no origin has', correction)
  }
  if (tail.startsWith('?') || tail.startsWith('#') || tail.startsWith('/?')) {
    const part = tail.includes('?') ? 'query' : 'fragment'
    return problem('origin-has-query', `has a ${part}, which no origin has`, correction)
  }
  if (tail !== '' && tail !== '/') {
    return problem('origin-has-path', 'has a path: an origin ends after host and port', correction)
  }
  const portStart = portIndex(authority)
  const hasPort = portStart !== -1
  const hostText = hasPort ? authority.slice(0, portStart) : authority
  const host = readOpaqueHost(scheme, hostText) ?? readPatternHost(hostText)
  if ('code' in host) {
    return problem(
      host.code,
      host.reason,
      host.correction === undefined
        ? undefined
        : `${scheme}://${host.correction}${hasPort ? authority.slice(portStart) : ''}`,
    )
  }
  const port = hasPort ? readPort(scheme, authority.slice(portStart + 1), host.text) : 0
  if (typeof port === 'object') return port
  const canonical = `${scheme}://${host.text}${port === 0 ? '' : `:${port}`}`
  return {
    pattern: { kind: 'host', scheme, host: host.host, port },
    normalised: canonical === text ? undefined : canonical,
  }
}

/** What app shells have for a host is compared byte for byte: `app://.`, `capacitor-electron://-`. */
function readOpaqueHost(scheme: string, text: string): ReadHost | undefined {
  if (isSpecial(scheme) || text.includes('*')) return undefined
  if (text === '' || scanOpaque(text, 0) !== text.length) return undefined
  return { host: { kind: 'exact', host: text, hostKind: 'opaque' }, text }
}

/** Where the colon of the port is, or -1. The colons of an IPv6 address are not it. */
function portIndex(authority: string): number {
  const end = authority.startsWith('[') ? authority.indexOf(']') : -1
  const colon = authority.indexOf(':', Math.max(end, 0))
  if (authority.startsWith('[')) return end !== -1 && colon === end + 1 ? colon : -1
  return colon === authority.lastIndexOf(':') ? colon : -1
}

function readPort(scheme: string, text: string, host: string): number | '*' | Finding {
  if (text === '*') return '*'
  const without = `${scheme}://${host}`
  if (text === '') return problem('origin-bad-port', 'has a colon but no port', without)
  if (!/^\d+$/u.test(text)) {
    return problem('origin-bad-port', `has "${text}" for a port: write a number, or * for any`)
  }
  const port = Number(text)
  if (port < 1 || port > 65535) {
    return problem('origin-bad-port', `has port ${text}, and ports go from 1 to 65535`)
  }
  if (String(port) !== text) {
    return problem('origin-bad-port', 'has a port with leading zeros', `${without}:${port}`)
  }
  return port === defaultPort(scheme) ? 0 : port
}

function isScheme(text: string): boolean {
  return text.length <= maxSchemeLength && /^[a-z][a-z0-9+.-]*$/u.test(text)
}

/** `localhost:3000` is nearly always http, everything else is nearly always https. */
function guessScheme(text: string): string | undefined {
  const stripped = text.replace(/^(?:([a-z]+):)?\/{0,2}/iu, (whole, scheme: string | undefined) =>
    scheme !== undefined && !/^https?$/iu.test(scheme) ? whole : '',
  )
  if (stripped === '' || stripped.includes('://')) return undefined
  // Django and others write so for all names below.
  if (stripped.startsWith('.')) return `https://*${stripped}`
  const [host = ''] = /^(?:\[[^\]]*\]|[^:/?#]*)/u.exec(stripped.toLowerCase()) ?? []
  const isHttp = /^http:/iu.test(text) || isLoopbackHost(host)
  return `${isHttp ? 'http' : 'https'}://${stripped}`
}

/** A correction that is itself refused would send a tired person in circles: follow it to its end. */
function problem(code: FindingCode, reason: string, correction?: string): Finding {
  if (correction === undefined) return error(code, reason)
  const read = parseOriginPattern(correction)
  return error(code, reason, {
    correction: isFinding(read) ? read.correction : (read.normalised ?? correction),
  })
}

const SPACE = 0x20
const COMMA = 0x2c
const SEMICOLON = 0x3b
const BAR = 0x7c

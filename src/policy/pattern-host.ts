// The host of an allow-list entry: its one permitted star, and the spelling that browsers use.

import { error, type Finding, type FindingCode } from '../terms/finding.js'
import { endsInNumber } from './ip-address.js'
import { maxHostLength, type ParsedOrigin } from './origin.js'

export type HostPattern =
  | { readonly kind: 'exact'; readonly host: string; readonly hostKind: ParsedOrigin['hostKind'] }
  /** One or more labels below `base`. */
  | { readonly kind: 'below'; readonly base: string }
  /** One free part inside the leftmost label: `shop-*.pages.dev`. */
  | {
      readonly kind: 'label'
      readonly prefix: string
      readonly suffix: string
      readonly parent: string
    }
  | { readonly kind: 'any' }

export interface ReadHost {
  readonly host: HostPattern
  /** The host in canonical spelling, star included. */
  readonly text: string
}

/** Reads the host part of an entry of `allowOrigins`, wildcards included. */
export function readPatternHost(text: string): ReadHost | Finding {
  if (text === '') return problem('origin-empty-host', 'has no host')
  if (text.includes('*')) return readStar(text)
  if (text.startsWith('[') || text.includes(':')) return readIpv6(text)
  const name = readName(text, maxHostLength)
  if ('code' in name) return name
  return {
    host: { kind: 'exact', host: name.text, hostKind: name.isIpv4 ? 'ipv4' : 'name' },
    text: name.text,
  }
}

function readStar(text: string): ReadHost | Finding {
  if (text === '*') return { host: { kind: 'any' }, text }
  if (text.includes('[')) {
    return problem('origin-wildcard-on-ip', 'has a wildcard before an IP address')
  }
  const labels = text.split('.')
  const [first = '', ...others] = labels
  const parent = others.join('.')
  if (text.replace(/^(?:\*\.)+/u, '').includes('*') === false && labels[1] === '*') {
    return problem(
      'origin-wildcard-position',
      'has two wildcards, and one already covers any number of labels',
      text.replace(/^(?:\*\.)+/u, '*.'),
    )
  }
  if (parent.includes('*') || parent === '' || text.split('*').length > 2) {
    return problem(
      'origin-wildcard-position',
      'has a * in a wrong place: write *. in front of a domain, or a * next to a hyphen in the first label',
    )
  }
  const base = readName(parent, maxHostLength - 2)
  if ('code' in base) {
    if (base.code !== 'origin-noncanonical-ip') return base
    return problem('origin-wildcard-on-ip', 'has a wildcard before an IP address')
  }
  if (base.isIpv4 || endsInNumber(base.text)) {
    return problem('origin-wildcard-on-ip', 'has a wildcard before an IP address')
  }
  if (first === '*') return { host: { kind: 'below', base: base.text }, text: `*.${base.text}` }
  return readLabelStar(first.toLowerCase(), base.text)
}

function readLabelStar(label: string, parent: string): ReadHost | Finding {
  const [prefix = '', suffix = ''] = label.split('*')
  if (!prefix.endsWith('-') && !suffix.startsWith('-')) {
    if (prefix === '') {
      return problem(
        'origin-wildcard-missing-dot',
        `would also match evil${suffix}.${parent}`,
        `*.${suffix}.${parent}`,
      )
    }
    return problem(
      'origin-wildcard-position',
      'has a * inside a word: within a label it must stand next to a hyphen, as in shop-*',
      suffix === '' ? `${prefix}-*.${parent}` : undefined,
    )
  }
  if (!/^[a-z0-9-]*$/u.test(prefix + suffix) || prefix.startsWith('-') || suffix.endsWith('-')) {
    return problem('origin-invalid-host', 'has a label that begins or ends with a hyphen')
  }
  return { host: { kind: 'label', prefix, suffix, parent }, text: `${label}.${parent}` }
}

function readName(
  text: string,
  maxLength: number,
): { readonly text: string; readonly isIpv4: boolean } | Finding {
  if (text.includes('%')) return problem('origin-invalid-host', 'has a % in its host')
  const host = toAscii(text)
  if (host === undefined) {
    if (endsInNumber(text.toLowerCase())) {
      return problem('origin-invalid-host', 'has a host that is no valid IPv4 address')
    }
    return problem('origin-invalid-host', 'has a host that no browser accepts')
  }
  const written = text.toLowerCase()
  if (endsInNumber(written)) {
    if (host === written) return { text: host, isIpv4: true }
    return problem(
      'origin-noncanonical-ip',
      `has an IPv4 address in a spelling that browsers never send: they send ${host}`,
      host,
    )
  }
  const name = host.endsWith('.') ? host.slice(0, -1) : host
  if (name.length > maxLength) {
    return problem('origin-invalid-host', `has a host longer than ${maxLength} characters`)
  }
  for (const label of name.split('.')) {
    if (label === '') {
      return problem('origin-invalid-host', 'has two dots in a row, or begins with one')
    }
    if (label.length > 63) {
      return problem('origin-invalid-host', 'has a label longer than 63 characters')
    }
    if (label.startsWith('-') || label.endsWith('-')) {
      return problem('origin-invalid-host', 'has a label that begins or ends with a hyphen')
    }
    const stray = /[^a-z0-9_-]/u.exec(label)?.[0]
    if (stray !== undefined) {
      return problem('origin-invalid-host', `has "${stray}" in its host`)
    }
  }
  return { text: host, isIpv4: false }
}

function readIpv6(text: string): ReadHost | Finding {
  const end = text.indexOf(']')
  if (!text.startsWith('[') || end === -1) {
    const isAddress = /^\[?[0-9a-f:]*$/iu.test(text) && text.includes(':')
    return problem(
      'origin-invalid-host',
      isAddress ? 'has an IPv6 address without its brackets' : 'has a colon in its host',
      isAddress ? `[${text.replace('[', '')}]` : undefined,
    )
  }
  if (end !== text.length - 1) {
    return problem('origin-invalid-host', 'has something between its IPv6 address and its port')
  }
  const zone = text.indexOf('%')
  if (zone !== -1) {
    return problem(
      'origin-ipv6-zone',
      'has an IPv6 zone, which browsers never send',
      `${text.slice(0, zone)}]`,
    )
  }
  const host = toAscii(text)
  if (host === undefined) {
    return problem('origin-invalid-host', 'has a host that is no valid IPv6 address')
  }
  const mapped = /^\[::ffff:([0-9a-f]+):([0-9a-f]+)\]$/u.exec(host)
  if (mapped !== null) {
    const [high, low] = [Number.parseInt(mapped[1] ?? '', 16), Number.parseInt(mapped[2] ?? '', 16)]
    const ipv4 = [high >> 8, high & 255, low >> 8, low & 255].join('.')
    return problem(
      'origin-ipv4-mapped-ipv6',
      `has an IPv4 address written as IPv6: browsers send ${ipv4}`,
      ipv4,
    )
  }
  return { host: { kind: 'exact', host, hostKind: 'ipv6' }, text: host }
}

/** The host as a browser would serialise it, or undefined where a browser would refuse the URL. */
function toAscii(host: string): string | undefined {
  if (!URL.canParse(`http://${host}/`)) return undefined
  const url = new URL(`http://${host}/`)
  return url.pathname === '/' && url.username === '' && url.port === '' ? url.hostname : undefined
}

/** The correction is a better host, where one can be guessed. */
function problem(code: FindingCode, reason: string, correction?: string): Finding {
  return error(code, reason, { correction })
}

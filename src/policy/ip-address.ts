// Addresses as the URL Standard writes them: the only spelling a browser ever puts into an Origin.

/** True for a dotted quad without leading zeros, such as `127.0.0.1`. */
export function isCanonicalIpv4(host: string): boolean {
  let parts = 0
  let value = -1
  let digits = 0
  for (let i = 0; i <= host.length; i++) {
    const code = i === host.length ? DOT : host.charCodeAt(i)
    if (code === DOT) {
      if (digits === 0 || value > 255) return false
      parts++
      value = -1
      digits = 0
    } else if (code >= ZERO && code <= NINE) {
      if (digits > 0 && value === 0) return false
      value = (digits === 0 ? 0 : value * 10) + code - ZERO
      if (++digits > 3) return false
    } else {
      return false
    }
  }
  return parts === 4
}

/**
 * True when the URL Standard would read the name as an IPv4 address: its last label is a number,
 * decimal or hexadecimal. Such a host is an address or it is nothing.
 */
export function endsInNumber(host: string): boolean {
  const end = host.endsWith('.') ? host.length - 1 : host.length
  const start = host.lastIndexOf('.', end - 1) + 1
  if (start >= end) return false
  const isHex =
    end - start >= 2 && host.charCodeAt(start) === ZERO && (host.charCodeAt(start + 1) | 32) === X
  for (let i = isHex ? start + 2 : start; i < end; i++) {
    const code = host.charCodeAt(i)
    if (code >= ZERO && code <= NINE) continue
    if (!isHex) return false
    const lower = code | 32
    if (lower < A || lower > F) return false
  }
  return true
}

/** True for an IPv6 address, without brackets, in the compressed lower-case form of RFC 5952. */
export function isCanonicalIpv6(address: string): boolean {
  const groups = readIpv6Groups(address)
  return groups !== undefined && writeIpv6(groups) === address
}

/** The same in any spelling, but without an IPv4 address in it. */
export function isIpv6(address: string): boolean {
  return readIpv6Groups(address.toLowerCase()) !== undefined
}

function readIpv6Groups(address: string): number[] | undefined {
  if (address.length < 2 || address.length > 39) return undefined
  const halves = address.split('::')
  if (halves.length > 2) return undefined
  const head = readGroups(halves[0] ?? '')
  if (head === undefined) return undefined
  if (halves.length === 1) return head.length === 8 ? head : undefined
  const tail = readGroups(halves[1] ?? '')
  if (tail === undefined || head.length + tail.length > 7) return undefined
  const zeros = new Array<number>(8 - head.length - tail.length).fill(0)
  return [...head, ...zeros, ...tail]
}

function readGroups(text: string): number[] | undefined {
  if (text === '') return []
  const groups: number[] = []
  for (const group of text.split(':')) {
    if (group.length === 0 || group.length > 4) return undefined
    let value = 0
    for (let i = 0; i < group.length; i++) {
      const code = group.charCodeAt(i)
      if (code >= ZERO && code <= NINE) value = value * 16 + code - ZERO
      else if (code >= A && code <= F) value = value * 16 + code - A + 10
      else return undefined
    }
    groups.push(value)
  }
  return groups
}

/** The first longest run of at least two zero groups becomes `::`. */
function writeIpv6(groups: readonly number[]): string {
  let runStart = -1
  let runLength = 1
  for (let start = 0; start < 8; start++) {
    let end = start
    while (end < 8 && groups[end] === 0) end++
    if (end - start > runLength) {
      runStart = start
      runLength = end - start
    }
    if (end > start) start = end
  }
  const hex = groups.map(group => group.toString(16))
  if (runStart === -1) return hex.join(':')
  return `${hex.slice(0, runStart).join(':')}::${hex.slice(runStart + runLength).join(':')}`
}

const DOT = 0x2e
const ZERO = 0x30
const NINE = 0x39
const A = 0x61
const F = 0x66
const X = 0x78

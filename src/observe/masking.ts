import { fieldPairs } from '../terms/fields.js'

/** What replaces a secret wherever traffic is shown. */
export const MASK = '***'

const wholly = new Set([
  'x-api-key',
  'api-key',
  'x-csrf-token',
  'x-xsrf-token',
  'sec-websocket-key',
])
const withScheme = new Set(['authorization', 'proxy-authorization'])
const withAddress = new Set(['referer', 'location', 'content-location', 'refresh', 'link'])
const secretName =
  /token|secret|passw|pwd|api-?_?key|access-?_?key|session|signature|credential|jwt/i
const secretParameter = /^(?:auth|code|sig|key|sid)$/i
/** A subprotocol that carries a credential behind a word that says so: `bearer.abc`. */
const protocolWithSecret = new RegExp(
  `^.*?(?:bearer|authorization|${secretName.source})[^a-z0-9]+(?=.)`,
  'iu',
)
const protocolWord = /^(?:[a-z]{1,24}|[A-Z]{1,24}|[A-Z][a-z]{1,23})?\d{0,3}$|^[a-z0-9]{1,4}$/u

/** Flat name/value pairs as pairs, with every credential replaced; names and order kept. */
export function maskedHeaders(flat: readonly string[]): [name: string, value: string][] {
  return fieldPairs(flat).map(([name, value]) => [name, maskedValue(name.toLowerCase(), value)])
}

function maskedValue(name: string, value: string): string {
  // The scheme of a credential and the names of cookies explain a refusal; their values never do.
  if (withScheme.has(name)) return value.includes(' ') ? value.replace(/ .*/su, ` ${MASK}`) : MASK
  if (name === 'cookie') return value.split(';').map(maskedCookie).join('; ')
  if (name === 'set-cookie') {
    const [first = '', ...attributes] = value.split(';')
    return [maskedCookie(first), ...attributes.map(part => part.trim())].join('; ')
  }
  if (withAddress.has(name)) return maskedTarget(value)
  if (name === 'sec-websocket-protocol') return maskedProtocols(value)
  // Access-Control-Allow-Credentials is no credential.
  if (name.startsWith('access-control-')) return value
  return wholly.has(name) || secretName.test(name) ? MASK : value
}

function maskedCookie(pair: string): string {
  const equals = pair.indexOf('=')
  return equals < 0 ? MASK : `${pair.slice(0, equals).trim()}=${MASK}`
}

// A page can set no header on a WebSocket, so its token often travels as a subprotocol: behind a word
// for it in the same item, or as an item of its own. What does not look like a name is taken for one.
function maskedProtocols(value: string): string {
  let isAnnounced = false
  const shown = value.split(',').map(part => {
    const item = part.trim()
    const wasAnnounced = isAnnounced
    const [words] = protocolWithSecret.exec(item) ?? []
    isAnnounced = words === undefined && protocolWithSecret.test(`${item}.…`)
    if (words !== undefined) return words + MASK
    return !wasAnnounced && item.split(/[._-]/u).every(word => protocolWord.test(word))
      ? item
      : MASK
  })
  return shown.join(', ')
}

/**
 * A target or address with the values of telling parameters replaced, be they in its path, its
 * query or its fragment, and with any userinfo.
 */
export function maskedTarget(target: string): string {
  const shown = target.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#@]*@/iu, `$1${MASK}@`)
  const end = shown.search(/[?#]/u)
  const path = end < 0 ? shown : shown.slice(0, end)
  const rest = end < 0 ? '' : shown.slice(end)
  return (
    path.replace(/;([^;=/]+)=([^;/]*)/gu, maskedParameter) +
    rest.replace(/[?&;#]([^?&;=#]+)=([^&;#]*)/gu, maskedParameter)
  )
}

function maskedParameter(whole: string, name: string, value: string): string {
  return tells(name) || leadsOn(value) ? `${whole[0]}${name}=${MASK}` : whole
}

/** Whether a parameter of this name holds a secret; servers read `tok%65n` as `token`. */
function tells(name: string): boolean {
  const read = decoded(name)
  return secretName.test(read) || secretParameter.test(read)
}

/** Whether a value is an address that has such a parameter itself, as `next=` often is. */
function leadsOn(value: string): boolean {
  for (const [, name = ''] of decoded(value).matchAll(/[?&;#]([^?&;=#]+)=/gu)) {
    if (tells(name)) return true
  }
  return false
}

function decoded(text: string): string {
  return text.replace(/%([0-9a-f]{2})/giu, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  )
}

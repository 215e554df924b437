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

/** Flat name/value pairs as pairs, with every credential replaced; names and order kept. */
export function maskedHeaders(flat: readonly string[]): [name: string, value: string][] {
  const pairs: [string, string][] = []
  for (let index = 0; index + 1 < flat.length; index += 2) {
    const name = flat[index] ?? ''
    pairs.push([name, maskedValue(name.toLowerCase(), flat[index + 1] ?? '')])
  }
  return pairs
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
  // Access-Control-Allow-Credentials is no credential.
  if (name.startsWith('access-control-')) return value
  return wholly.has(name) || secretName.test(name) ? MASK : value
}

function maskedCookie(pair: string): string {
  const equals = pair.indexOf('=')
  return equals < 0 ? MASK : `${pair.slice(0, equals).trim()}=${MASK}`
}

/** A target or address with the values of telling query parameters, and any userinfo, replaced. */
export function maskedTarget(target: string): string {
  const shown = target.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#@]*@/iu, `$1${MASK}@`)
  const question = shown.indexOf('?')
  if (question < 0) return shown
  const query = shown
    .slice(question + 1)
    .replace(/([^&;=#]+)=([^&;#]*)/gu, (whole, name: string) =>
      secretName.test(name) || secretParameter.test(name) ? `${name}=${MASK}` : whole,
    )
  return shown.slice(0, question + 1) + query
}

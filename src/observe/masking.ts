// Credentials in traffic that is shown: in headers, cookies, targets and addresses.
import { isSecretName, MASK, percentDecoded, withoutUser } from '../terms/secrets.js'

const withScheme = new Set(['authorization', 'proxy-authorization'])
/** A scheme and one credential, under whatever name; a challenge's parameters are none. */
const schemeAndCredential =
  /^(basic|bearer|negotiate|ntlm|kerberos|token|dpop|api-?key) +[\w.~+/-]+=*$/i
const jsonWebToken = /\beyJ[\w-]{4,}\.[\w-]{4,}(?:\.[\w-]*)*/g
/** Credentials whose issuer gave them a form that says what they are, wherever they stand. */
const issued = new RegExp(
  [
    // GitHub, GitLab, npm, Hugging Face, DigitalOcean, Slack, Stripe, OpenAI and the like
    String.raw`\b(?:gh[a-z]_|github_pat_|glpat-|npm_|hf_|do[a-z]_v1_|xox[a-z]-|xapp-|[rs]k[-_](?=[\w-]*\d))[\w-]{16,}`,
    // AWS, Google, SendGrid
    String.raw`\b(?:A[A-Z]IA[0-9A-Z]{16}|AIza[\w-]{30,}|ya29\.[\w-]{16,}|SG\.[\w-]{16,}\.[\w-]{16,})`,
    // In paths: Telegram's bots, and web hooks of Slack, Discord and Teams
    String.raw`(?<=/bot)\d+:[\w-]{30,}`,
    String.raw`(?<=/services/T\w+/B\w+/)\w{16,}`,
    String.raw`(?<=/webhooks/\d+/)[\w-]{30,}`,
  ].join('|'),
  'g',
)
/** A subprotocol that carries a credential behind a word that says so: `bearer.abc`. */
const protocolWithSecret =
  /^.*?(?:bearer|authorization|token|secret|passw|pwd|api-?_?key|access-?_?key|session|signature|credential|jwt)[^a-z0-9]+(?=.)/iu
const protocolWord = /^(?:[a-z]{1,24}|[A-Z]{1,24}|[A-Z][a-z]{1,23})?\d{0,3}$|^[a-z0-9]{1,4}$/u

/** Flat name/value pairs as pairs, with every credential replaced; names and order kept. */
export function maskedHeaders(
  flat: readonly string[],
  secrets: readonly string[] = [],
): [name: string, value: string][] {
  const pairs: [string, string][] = []
  for (let index = 0; index + 1 < flat.length; index += 2) {
    const name = flat[index] ?? ''
    pairs.push([name, maskedValue(name.toLowerCase(), without(flat[index + 1] ?? '', secrets))])
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
  if (name === 'sec-websocket-protocol') return maskedProtocols(value)
  // Access-Control-Allow-Credentials is no credential.
  if (name.startsWith('access-control-')) return value
  if (isSecretName(name)) return MASK
  return maskedTarget(value.replace(schemeAndCredential, `$1 ${MASK}`))
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
 * query or its fragment, and with any userinfo and any JSON Web Token.
 */
export function maskedTarget(target: string, secrets: readonly string[] = []): string {
  const shown = withoutUser(without(target, secrets))
    .replace(jsonWebToken, MASK)
    .replace(issued, MASK)
  const end = shown.search(/[?#]/)
  const path = end < 0 ? shown : shown.slice(0, end)
  const rest = end < 0 ? '' : shown.slice(end)
  return (
    path.replace(/(^|[;/&,]\s*)([^;/&,=\s]+)=([^;/&]*)/g, maskedParameter) +
    rest.replace(/([?&;#])([^?&;=#]+)=([^&;#]*)/g, maskedParameter)
  )
}

/** Whether a target may hold something that {@link maskedTarget} replaces: most hold nothing. */
export function mayHoldSecret(target: string): boolean {
  return /[;=@]|eyJ|[\w-]{16}/.test(target)
}

function maskedParameter(whole: string, before: string, name: string, value: string): string {
  if (isSecretName(name) && !isWord(value)) return `${before}${name}=${MASK}`
  return leadsOn(value) ? `${before}${name}=${MASK}` : whole
}

/** No secret reads like this. */
function isWord(value: string): boolean {
  return /^(?:true|false|yes|no|null|undefined)$/i.test(value)
}

/** Whether a value is an address that holds a secret itself, as `next=` often does. */
function leadsOn(value: string): boolean {
  let read = value
  for (let times = 0; times < 3; times++) {
    if (/:[\\/]{2}[^\\/?#]*@/.test(read)) return true
    for (const [, name = ''] of read.matchAll(/[?&;#]([^?&;=#]+)=/g)) {
      if (isSecretName(name)) return true
    }
    const decoded = percentDecoded(read)
    if (decoded === read) return false
    read = decoded
  }
  return false
}

/** Values of secret settings are masked wherever they turn up again. */
function without(text: string, secrets: readonly string[]): string {
  let shown = text
  for (const secret of secrets) shown = shown.replaceAll(secret, MASK)
  return shown
}

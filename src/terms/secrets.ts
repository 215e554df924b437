// Which names of headers, cookies and parameters hold a secret. Told by their words, so that
// x-auth-key is one, and author, monkey, x-country-code and surrogate-key are none.

/** What replaces a secret wherever it would be shown. */
export const MASK = '***'

/** The target of CONNECT has no slashes, and may have a user all the same. */
const userOfAuthority = /^[^\\/?#\s@]*:[^\\/?#\s@]*@/
/** Whoever reads an address reads a user name and a password before the `@`, backslashes as slashes. */
const userinfo = /((?:^|[a-z][a-z0-9+.-]*:)[\\/]{2})[^\\/?#\s]*@/gi

/** The text without the user name and password that an address in it holds. */
export function withoutUser(text: string): string {
  return text.includes('@')
    ? text.replace(userOfAuthority, `${MASK}@`).replace(userinfo, `$1${MASK}@`)
    : text
}

/** Whether a value under this name is a secret; servers read `tok%65n` as `token`, too. */
export function isSecretName(name: string): boolean {
  const read = percentDecoded(name)
  // DPoP is one word, and apiKey two.
  return hasTellingWord(wordsOf(read)) || hasTellingWord(wordsOf(read.toLowerCase()))
}

function hasTellingWord(words: readonly string[]): boolean {
  if (attributes.has(words.at(-1) ?? '')) return false
  return words.some(word => tells(word, words))
}

/** `ocpApim-Subscription_key2` → ocp, apim, subscription, key. */
function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z\d])([A-Z])|([A-Z])(?=[A-Z][a-z])/g, '$1$3 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .map(word => word.replace(/(?<=[a-z])\d+$/, ''))
    .filter(word => word !== '' && word !== 'x')
}

/** The text with its percent signs read, as far as they can be. */
export function percentDecoded(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  )
}

function tells(word: string, words: readonly string[]): boolean {
  if (counted.test(word) && words.some(other => counting.has(other))) return false
  if (always.has(word) || endings.test(word)) return true
  const harmless = unless.get(word)
  if (harmless !== undefined) return !words.some(other => harmless.has(other))
  return word === 'code' && words.every(other => other === word || ofCodes.has(other))
}

const set = (text: string): ReadonlySet<string> => new Set(text.split(' '))

const always = set(
  'otp totp hotp mfa pin pwd auth authn authorization authentication sid sig sign sas hmac jwt jws dpop bearer csrf xsrf ' +
    'ticket cred creds cookie cookies assertion captcha cvv cvc passphrase passcode passkey verifier samlresponse samlrequest',
)

/** Written together, as in authtoken, clientsecret, phpsessid, apikey. */
const endings =
  /passw|passphrase|session|sessid|(?:token|secret|signature|credential)s?$|^tokenid$|(?:api|access|account|admin|app|auth|client|crypt|encryption|function|functions|license|master|private|secret|service|shared|signing|storage|subscription|user)keys?$|(?:auth|otp|sms|verify|verification|invite)code$/

/** Everyday words, unless one of these stands beside them. */
const unless: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  [
    'key',
    set(
      'surrogate cache sort primary foreign partition row idempotency public i18n translation message issue field column map ' +
        'shard routing dedup dedupe group event tab arrow hot press down up',
    ),
  ],
  ['pass', set('through by boarding season fail count rate')],
])

/** A code is a secret when nothing but these says of what. */
const ofCodes = set(
  'auth authorization oauth otp pin pass sms mfa verification verify confirm confirmation login access security secret ' +
    'recovery reset invite invitation device user activation backup one time temp temporary',
)

/** What is said about a secret and is none. */
const attributes = set(
  'type length size count limit expires expiry expiration ttl lifetime method mode scheme alg algorithm format required ' +
    'enabled version status',
)

/** x-ratelimit-remaining-tokens counts them. */
const counted = /^(?:tokens|sessions|secrets|signatures)$/
const counting = set('ratelimit limit remaining max min count total used usage prompt completion')

// Everything that a server can be found to do, with what the sidecar changes about it.

/** `broken`: the page fails. `danger`: strangers get in. `risk`: it fails or leaks some day. */
export type Gravity = 'broken' | 'danger' | 'risk' | 'note'

/** What was found of a server, as text for a person and as data for a program. */
export interface Symptom {
  readonly code: SymptomCode
  readonly gravity: Gravity
  readonly message: string
  /** What the sidecar in front would change about it. */
  readonly cure: string
}

export type SymptomCode = keyof typeof cures

/** Every code, in the order in which reports explain them. */
export const cures = {
  unreachable: 'Nothing: it needs an upstream that responds.',
  'allow-origin-missing': 'It adds the header for the origins you list, on every response.',
  'allow-origin-other': 'It removes the upstream’s header and sends the origin that asked.',
  'allow-origin-doubled': 'It removes what the upstream sends and sets the header once.',
  'allow-credentials-doubled': 'It removes what the upstream sends and sets the header once.',
  'allow-credentials-not-true': 'It writes the one value browsers know, true, or none.',
  'star-with-credentials': 'It names the origin, which browsers require once cookies are allowed.',
  'open-to-everyone': 'It names your pages and no others, and allows their cookies.',
  'reflects-any-origin': 'It names listed origins only; strangers get no header.',
  'accepts-lookalike': 'It compares whole origins, never parts of them.',
  'accepts-insecure-origin':
    'It tells http from https; plain HTTP has to be listed, and is warned about.',
  'accepts-null': 'It refuses null, which any sandboxed frame sends.',
  'answers-any-host': 'It serves listed names only (--allow-hosts), which stops DNS rebinding.',
  'vary-missing': 'It adds Vary: Origin and keeps what the upstream varies on.',
  'cache-poisoning': 'It adds Vary: Origin, so that a cache keeps the responses apart.',
  'preflight-unreachable': 'It answers preflights itself.',
  'preflight-redirects': 'It answers preflights itself, so none is ever redirected.',
  'preflight-needs-auth': 'It answers preflights itself, without credentials.',
  'preflight-not-ok': 'It answers preflights itself, with 204.',
  'preflight-allow-origin': 'It answers preflights itself, with the origin that asked.',
  'list-unreadable': 'It writes lists of names and nothing else.',
  'method-not-allowed': 'It answers with your list of methods (--allow-methods).',
  'header-not-allowed': 'It answers with your list of headers (--allow-headers).',
  'authorization-not-covered': 'It lists authorization by name, which * does not cover.',
  contradictory: 'One policy writes both responses, so they agree.',
  'expose-star': 'It writes out the names, because * is no wildcard once cookies are allowed.',
  'cookie-not-cross-site':
    'In development --cookie-rewrite=dev helps; else the API has to set SameSite=None; Secure.',
  'error-without-cors':
    'It puts the headers on errors too, those of the sidecar and of the upstream.',
  'redirects-within': 'It passes such redirects on, with the headers that the page needs.',
  'redirects-elsewhere':
    'It rewrites redirects to the upstream so that they lead back to the sidecar; others stay as they are.',
  'redirect-with-password': 'Nothing: the server has to leave the user name out of the address.',
  'redirect-not-followed': 'Nothing: the server has to name an address that can be followed.',
  'mixed-content': 'Put it behind HTTPS, where the page is.',
  'origin-and-host-differ':
    'With --upstream-origin=rewrite the API sees an Origin that fits its Host.',
  'not-compressed-through-proxy': 'It sends no Via to the upstream unless --via asks for it.',
  'max-age-missing': 'It lets browsers cache the preflight for ten minutes (--max-age).',
  'not-sent': 'Nothing: add --body to send it.',
} as const

export function symptom(code: SymptomCode, gravity: Gravity, message: string): Symptom {
  return { code, gravity, message, cure: cures[code] }
}

// Everything that can be wrong, with what the sidecar changes about it.

/** `broken`: the page fails. `danger`: strangers get in. `risk`: it fails or leaks some day. */
export type Gravity = 'broken' | 'danger' | 'risk' | 'note'

export interface Finding {
  readonly code: FindingCode
  readonly gravity: Gravity
  readonly message: string
  /** What the sidecar in front would change about it. */
  readonly cure: string
}

export type FindingCode = keyof typeof cures

const cures = {
  unreachable: 'Nothing: it needs an upstream that answers.',
  'allow-origin-missing': 'It adds the header for the origins you list, on every answer.',
  'allow-origin-other': 'It removes the upstream’s header and sends the origin that asked.',
  'allow-origin-doubled': 'It removes what the upstream sends and sets the header once.',
  'allow-credentials-doubled': 'It removes what the upstream sends and sets the header once.',
  'allow-credentials-not-true': 'It writes the one value browsers know, true, or none.',
  'star-with-credentials': 'It names the origin, which browsers demand once cookies are allowed.',
  'open-to-everyone': 'It names your pages and no others, and lets their cookies come along.',
  'reflects-any-origin': 'It names listed origins only; strangers get no header.',
  'accepts-lookalike': 'It compares whole origins, never parts of them.',
  'accepts-insecure-origin':
    'It tells http from https; plain HTTP has to be listed, and is warned about.',
  'accepts-null': 'It refuses null, which any sandboxed frame sends.',
  'vary-missing': 'It adds Vary: Origin and keeps what the upstream varies on.',
  'cache-poisoning': 'It adds Vary: Origin, so that a cache keeps the answers apart.',
  'preflight-unreachable': 'It answers preflights itself.',
  'preflight-redirects': 'It answers preflights itself, so none is ever redirected.',
  'preflight-needs-auth': 'It answers preflights itself, before anybody asks for credentials.',
  'preflight-not-ok': 'It answers preflights itself, with 204.',
  'preflight-allow-origin': 'It answers preflights itself, with the origin that asked.',
  'preflight-method': 'It answers with your list of methods (--allow-methods).',
  'preflight-headers': 'It answers with your list of headers (--allow-headers).',
  'preflight-authorization': 'It lists authorization by name, which * does not cover.',
  contradictory: 'One policy writes both answers, so they agree.',
  'expose-star': 'It writes out the names, because * is no wildcard once cookies are allowed.',
  'cookie-not-cross-site':
    'In development --cookie-rewrite=dev helps; else the API has to set SameSite=None; Secure.',
  'error-without-cors': 'It puts the headers on errors too, its own and the upstream’s.',
  'redirects-elsewhere': 'It turns redirects to the upstream’s own address back to itself.',
  'max-age-missing': 'It lets browsers remember the answer for ten minutes (--max-age).',
} as const

export function finding(code: FindingCode, gravity: Gravity, message: string): Finding {
  return { code, gravity, message, cure: cures[code] }
}

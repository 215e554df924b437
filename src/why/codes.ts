// Everything that `why` can name as a cause: what it means, where the guide has it, what the sidecar does about it.

/** What is known about a request that failed; every part may be missing. */
export interface Facts {
  readonly origin?: string | undefined
  readonly url?: string | undefined
  readonly method?: string | undefined
  readonly header?: string | undefined
  /** What the server said, or whatever else a message quotes. */
  readonly value?: string | undefined
  readonly status?: number | undefined
  /** Whether cookies or other credentials go along. */
  readonly credentials?: boolean | undefined
}

interface Entry {
  /** A sentence about the facts, which may be missing. */
  readonly says: (facts: Facts) => string
  /** The heading of docs/troubleshooting.md. */
  readonly section: string
  /** What the sidecar does about it: a command that starts, with a sentence where that is not all; or a sentence alone. */
  readonly cure: 'command' | readonly ['command' | 'sentence', string]
}

const the = (origin: string | undefined) => origin ?? 'the page'
const quoted = (value: string | undefined) =>
  value === undefined || value === '' ? 'nothing' : value
const behindThis = (status: number | undefined) => (status === undefined ? '' : ` (${status})`)

export const codes = {
  'allow-origin-missing': {
    says: ({ origin, status }) =>
      `The answer${behindThis(status)} to ${the(origin)} has no Access-Control-Allow-Origin.`,
    section: 'No Access-Control-Allow-Origin',
    cure: 'command',
  },
  'allow-origin-other': {
    says: ({ origin, value }) =>
      `The answer allows ${value === undefined ? 'another origin' : quoted(value)}, not ${the(origin)}.`,
    section: 'The origin does not match',
    cure: 'command',
  },
  'allow-origin-doubled': {
    says: ({ value }) =>
      `Access-Control-Allow-Origin has more than one value${value ? ` (${value})` : ''}: two places set it.`,
    section: 'More than one value',
    cure: 'command',
  },
  'star-with-credentials': {
    says: () =>
      'The answer allows everybody (*), which browsers refuse for a request with credentials.',
    section: 'A star with credentials',
    cure: 'command',
  },
  'allow-credentials-not-true': {
    says: ({ value }) =>
      `The request goes with credentials, and Access-Control-Allow-Credentials is ${value ? value : 'missing'}, not true.`,
    section: 'Credentials are not allowed',
    cure: 'command',
  },
  'allow-credentials-doubled': {
    says: () => 'Access-Control-Allow-Credentials is there twice.',
    section: 'Credentials are not allowed',
    cure: 'command',
  },
  'preflight-allow-origin': {
    says: ({ origin, value }) =>
      `The preflight’s answer does not allow ${the(origin)}${value === undefined ? '' : `, but ${quoted(value)}`}.`,
    section: 'No Access-Control-Allow-Origin',
    cure: 'command',
  },
  'preflight-not-ok': {
    says: ({ status }) =>
      `The preflight (OPTIONS) is answered with ${status ?? 'an error'}; browsers demand 200 to 299.`,
    section: 'The preflight has no ok status',
    cure: 'command',
  },
  'preflight-needs-auth': {
    says: ({ status }) =>
      `The preflight (OPTIONS) is asked for credentials${behindThis(status)}, and browsers never send any with it.`,
    section: 'The preflight has no ok status',
    cure: 'command',
  },
  'preflight-redirects': {
    says: ({ status }) =>
      `The preflight (OPTIONS) is redirected${behindThis(status)}, which browsers do not follow.`,
    section: 'The preflight is redirected',
    cure: [
      'command',
      'Call the address that it redirects to, with its scheme, its host and its last slash.',
    ],
  },
  'preflight-unreachable': {
    says: () => 'The preflight (OPTIONS) got no answer.',
    section: 'The request did not succeed',
    cure: 'command',
  },
  'method-not-allowed': {
    says: ({ method }) => `The preflight’s answer does not allow the method ${method ?? 'of it'}.`,
    section: 'The method is not allowed',
    cure: 'command',
  },
  'header-not-allowed': {
    says: ({ header }) => `The preflight’s answer does not allow the header ${header ?? 'of it'}.`,
    section: 'A request header is not allowed',
    cure: 'command',
  },
  'authorization-not-covered': {
    says: () =>
      'The preflight’s answer allows *, which does not cover authorization by the standard.',
    section: 'Authorization under a star',
    cure: 'command',
  },
  'list-unreadable': {
    says: ({ value }) =>
      `A list of the preflight’s answer is no list of names${value ? ` (${value})` : ''}, so browsers read none of it.`,
    section: 'A list that cannot be read',
    cure: 'command',
  },
  'redirect-with-password': {
    says: () =>
      'It redirects to an address with a user name and a password, which no cross-origin request may follow.',
    section: 'A redirect with a password',
    cure: ['sentence', 'Nothing here: the server has to leave the user name out of the address.'],
  },
  'redirects-elsewhere': {
    says: ({ value }) =>
      `It redirects to ${value ?? 'another origin'}, where the page may not read.`,
    section: 'A redirect to elsewhere',
    cure: [
      'command',
      'Redirects to the upstream’s own address come back to the sidecar; what leads elsewhere has to allow the page itself, or be called directly.',
    ],
  },
  'local-network-access': {
    says: () =>
      'A page from the internet calls this machine or its network, and the browser has no permission for it.',
    section: 'Local Network Access',
    cure: [
      'sentence',
      'No CORS header grants it: allow it in the settings of the site, next to the address bar, and serve the page over HTTPS or from this machine; a frame needs allow="local-network-access" too.',
    ],
  },
  'not-http': {
    says: ({ origin }) =>
      origin === 'null'
        ? 'The page has no origin (null): it was opened from a file, or sits in a sandboxed frame.'
        : 'The address is none of HTTP, so no CORS header can allow it.',
    section: 'An address that is not HTTP',
    cure: [
      'sentence',
      'In the page: write the address with http:// or https://. A page that was opened as a file (file:) has to be served over HTTP, by any static server.',
    ],
  },
  'mixed-content': {
    says: () => 'A page over HTTPS calls http://, which browsers stop before anything is sent.',
    section: 'Mixed content',
    cure: [
      'sentence',
      'Give the sidecar --tls-cert and --tls-key, or put it behind HTTPS; then call it with https://.',
    ],
  },
  'no-answer': {
    says: () =>
      'There was no answer at all: nothing listens there, the name is not known, or the connection broke. That is no matter of CORS.',
    section: 'The request did not succeed',
    cure: [
      'sentence',
      'Nothing: it needs an upstream that answers. Open the address in a tab, and look at its scheme, host and port.',
    ],
  },
  certificate: {
    says: () =>
      'The browser does not trust the server’s certificate, so nothing was asked. That is no matter of CORS.',
    section: 'The certificate is not trusted',
    cure: [
      'sentence',
      'Open the address in a tab to see what is wrong with the certificate. Behind the sidecar, --upstream-ca names an authority for the upstream.',
    ],
  },
  'blocked-by-extension': {
    says: () => 'An extension or a rule of the browser stopped the request; nothing was asked.',
    section: 'Blocked by an extension',
    cure: [
      'sentence',
      'Nothing: try it in a private window without extensions, then make an exception, or give the address a path that blockers don’t know.',
    ],
  },
  'content-security-policy': {
    says: () =>
      'The page’s own Content-Security-Policy forbids it to connect there; nothing was asked.',
    section: 'Blocked by the page itself',
    cure: [
      'sentence',
      'Add the origin of the API, or of the sidecar, to connect-src in the policy of the page.',
    ],
  },
  'cors-switched-off': {
    says: () => 'The browser refuses everything across origins: content.cors.disable is set.',
    section: 'CORS is switched off in the browser',
    cure: ['sentence', 'Nothing: reset content.cors.disable in about:config.'],
  },
  'websocket-refused': {
    says: ({ status }) => `The WebSocket handshake was refused${behindThis(status)}.`,
    section: 'A WebSocket is refused',
    cure: 'command',
  },
  'header-not-exposed': {
    says: ({ header }) => `The script may not read the header ${header ?? 'that it asks for'}.`,
    section: 'A header that a script cannot read',
    cure: 'command',
  },
  'cookie-not-sent': {
    says: ({ value }) =>
      `The browser does not take or send the cookie${value ? ` ${value}` : ''}: page and API are of different sites for it.`,
    section: 'A cookie is not sent',
    cure: [
      'command',
      'In development --cookie-rewrite=dev helps, where page and sidecar have the same name; else the API has to set SameSite=None; Secure.',
    ],
  },
  'cookie-not-cross-site': {
    says: ({ value }) =>
      `The cookie${value ? ` ${value}` : ''} is not sent across sites: it lacks SameSite=None; Secure.`,
    section: 'A cookie is not sent',
    cure: [
      'command',
      'In development --cookie-rewrite=dev helps, where page and sidecar have the same name; else the API has to set SameSite=None; Secure.',
    ],
  },
  'opaque-answer': {
    says: () =>
      'The page asked with mode "no-cors", so the answer is opaque: empty, with status 0, by its own wish.',
    section: 'An opaque response',
    cure: ['command', 'Take mode "no-cors" out of the page, and allow its origin.'],
  },
  'resource-policy': {
    says: () =>
      'The server’s Cross-Origin-Resource-Policy keeps other sites from embedding it. That is no matter of CORS.',
    section: 'An image, a script or a frame is blocked',
    cure: [
      'command',
      "Where everybody may embed it, add --set-response-header 'Cross-Origin-Resource-Policy: cross-origin'.",
    ],
  },
  'error-without-cors': {
    says: ({ status }) =>
      `An error${behindThis(status)} comes without Access-Control-Allow-Origin: the page sees a network failure, not the reason.`,
    section: 'No Access-Control-Allow-Origin',
    cure: 'command',
  },
  'no-cors-problem': {
    says: ({ status }) =>
      `The page got the answer${behindThis(status)}: CORS does not stand in its way.`,
    section: 'The API answers 403 by itself',
    cure: ['sentence', 'Nothing: what the page got is the API’s own answer.'],
  },
} as const satisfies Readonly<Record<string, Entry>>

export type Code = keyof typeof codes

export function entryOf(code: Code): Entry {
  return codes[code]
}

/** The link into the guide, as GitHub anchors its headings. */
export function guideLink(section: string): string {
  const anchor = section
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-')
  return `docs/troubleshooting.md#${anchor}`
}

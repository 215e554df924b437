// What browsers, libraries and Node say when something else is in the way. Facts of the engines' sources: net_error_list.h
// and mixed_content_checker.cc (Chromium), security.properties and necko.properties (Firefox), MixedContentChecker.cpp (WebKit).

import {
  chromium,
  chromiumUnseen,
  firefox,
  firefoxUnseen,
  library,
  type MessageSection,
  node,
  safari,
} from './message.js'

/** What is behind a failure that tells the page nothing. */
const anything = [
  ['allow-origin-missing', 'possible'],
  ['no-answer', 'possible'],
  ['preflight-not-ok', 'possible'],
  ['certificate', 'possible'],
  ['mixed-content', 'possible'],
  ['blocked-by-extension', 'possible'],
] as const
export const otherMessages: readonly MessageSection[] = [
  {
    title: 'Mixed content',
    messages: [
      chromiumUnseen(
        "Mixed Content: The page at '{page}' was loaded over HTTPS, but requested an insecure {any} '{url}'.",
        'mixed-content',
      ),
      chromiumUnseen(
        "Mixed Content: The page at '{page}' was loaded over HTTPS, but attempted to connect to the insecure WebSocket endpoint '{url}'.",
        'mixed-content',
      ),
      chromiumUnseen(
        'An insecure WebSocket connection may not be initiated from a page loaded over HTTPS.',
        'mixed-content',
      ),
      firefoxUnseen('Blocked loading mixed active content “{url}”', 'mixed-content'),
      firefoxUnseen('Blocked loading mixed display content “{url}”', 'mixed-content'),
      safari(
        'The page at {page} was not allowed to display insecure content from {url}.',
        'mixed-content',
      ),
      safari(
        'The page at {page} was not allowed to run insecure content from {url}.',
        'mixed-content',
      ),
      safari(
        'The page at {page} requested insecure content from {url}. This content was blocked and must be served over HTTPS.',
        'mixed-content',
      ),
    ],
  },
  {
    title: 'The request did not succeed',
    messages: [
      chromiumUnseen('net::ERR_CONNECTION_REFUSED', 'no-answer'),
      ...[
        ...['CONNECTION_RESET', 'CONNECTION_CLOSED', 'CONNECTION_TIMED_OUT', 'CONNECTION_FAILED'],
        ...['CONNECTION_ABORTED', 'NAME_NOT_RESOLVED', 'NAME_RESOLUTION_FAILED', 'TIMED_OUT'],
        ...['ADDRESS_UNREACHABLE', 'ADDRESS_INVALID', 'INTERNET_DISCONNECTED', 'NETWORK_CHANGED'],
        ...['EMPTY_RESPONSE', 'UNSAFE_PORT', 'SSL_PROTOCOL_ERROR', 'HTTP2_PROTOCOL_ERROR'],
        ...['TUNNEL_CONNECTION_FAILED', 'PROXY_CONNECTION_FAILED', 'TOO_MANY_REDIRECTS'],
        ...['NETWORK_ACCESS_DENIED', 'INVALID_HTTP_RESPONSE', 'RESPONSE_HEADERS_TRUNCATED'],
      ].map(name => chromiumUnseen(`net::ERR_${name}`, 'no-answer')),
      firefox('CORS request did not succeed', ['no-answer', 'likely'], ['certificate', 'possible']),
      firefoxUnseen('CORS request failed', ['no-answer', 'likely'], ['certificate', 'possible']),
      safari('Could not connect to the server', 'no-answer'),
      safari('Could not connect to {host}: Connection refused', 'no-answer'),
      safari('A server with the specified hostname could not be found', 'no-answer'),
      safari('The network connection was lost', 'no-answer'),
      safari('The Internet connection appears to be offline', 'no-answer'),
      safari('The request timed out', 'no-answer'),
      ...[
        ...['connect ECONNREFUSED', 'getaddrinfo ENOTFOUND', 'getaddrinfo EAI_AGAIN'],
        ...['read ECONNRESET', 'connect ETIMEDOUT', 'socket hang up', 'Connect Timeout Error'],
        'other side closed',
      ].map(words => node(words, 'no-answer')),
      library('curl: (6) Could not resolve host', 'no-answer'),
      library('curl: (7) Failed to connect', 'no-answer'),
      library('curl: (28) ', 'no-answer'),
      library('curl: (52) Empty reply from server', 'no-answer'),
    ],
  },
  {
    title: 'The certificate is not trusted',
    messages: [
      ...[
        ...['AUTHORITY_INVALID', 'COMMON_NAME_INVALID', 'DATE_INVALID', 'REVOKED', 'INVALID'],
        ...[
          'WEAK_SIGNATURE_ALGORITHM',
          'WEAK_KEY',
          'NAME_CONSTRAINT_VIOLATION',
          'VALIDITY_TOO_LONG',
        ],
        ...['SYMANTEC_LEGACY', 'KNOWN_INTERCEPTION_BLOCKED', 'CERTIFICATE_TRANSPARENCY_REQUIRED'],
      ].map(name =>
        chromiumUnseen(
          `net::ERR_${name.startsWith('CERTIFICATE') ? name : `CERT_${name}`}`,
          'certificate',
        ),
      ),
      ...[
        ...[
          'SEC_ERROR_UNKNOWN_ISSUER',
          'SEC_ERROR_EXPIRED_CERTIFICATE',
          'SSL_ERROR_BAD_CERT_DOMAIN',
        ],
        ...['MOZILLA_PKIX_ERROR_SELF_SIGNED_CERT', 'SEC_ERROR_REVOKED_CERTIFICATE'],
      ].map(words => firefoxUnseen(words, 'certificate')),
      safari('The certificate for this server is invalid', 'certificate'),
      safari('Unacceptable TLS certificate', 'certificate'),
      ...[
        ...['DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'CERT_HAS_EXPIRED'],
        ...['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'],
        ...['ERR_TLS_CERT_ALTNAME_INVALID', 'unable to verify the first certificate'],
        'self-signed certificate',
      ].map(words => node(words, 'certificate')),
      library('curl: (60) ', 'certificate'),
    ],
  },
  {
    title: 'Failed to fetch',
    messages: [
      chromiumUnseen('TypeError: Failed to fetch', ...anything),
      chromiumUnseen('net::ERR_FAILED', ...anything),
      firefoxUnseen('NetworkError when attempting to fetch resource.', ...anything),
      safari('TypeError: Load failed', ...anything),
      safari('A network error occurred.', ...anything),
      library('AxiosError: Network Error', ...anything),
      library('Error: Network Error', ...anything),
      library('Http failure response for {url}: 0 Unknown Error', ...anything),
      node('TypeError: fetch failed', ['no-answer', 'possible'], ['certificate', 'possible']),
    ],
  },
  {
    title: 'CORS is switched off in the browser',
    messages: [firefox('CORS disabled', 'cors-switched-off')],
  },
  {
    title: 'Blocked by an extension',
    messages: [
      chromiumUnseen('net::ERR_BLOCKED_BY_CLIENT', 'blocked-by-extension'),
      chromiumUnseen('net::ERR_BLOCKED_BY_ADMINISTRATOR', 'blocked-by-extension'),
      safari('Blocked by content extension', 'blocked-by-extension'),
      safari(
        'Content blocker prevented frame displaying {page} from loading a resource from {url}',
        'blocked-by-extension',
      ),
    ],
  },
  {
    title: 'Blocked by the page itself',
    messages: [
      chromiumUnseen(
        "Refused to connect to '{url}' because it violates the following Content Security Policy directive",
        'content-security-policy',
      ),
      chromiumUnseen(
        "Connecting to '{url}' violates the following Content Security Policy directive",
        'content-security-policy',
      ),
      chromiumUnseen('net::ERR_BLOCKED_BY_CSP', 'content-security-policy'),
      firefoxUnseen(
        'The page’s settings blocked the loading of a resource (connect-src) at {url} because it violates the following directive',
        'content-security-policy',
      ),
      firefoxUnseen(
        'The page’s settings blocked the loading of a resource at {url} (“connect-src”)',
        'content-security-policy',
      ),
      safari('Blocked by Content Security Policy.', 'content-security-policy'),
      safari(
        'Refused to connect to {url} because it does not appear in the connect-src directive of the Content Security Policy.',
        'content-security-policy',
      ),
    ],
  },
  {
    title: 'A WebSocket is refused',
    messages: [
      chromium(
        'Error during WebSocket handshake: Unexpected response code: {status}',
        'websocket-refused',
      ),
      firefox(
        'Firefox can’t establish a connection to the server at {url}',
        ['websocket-refused', 'likely'],
        ['no-answer', 'possible'],
      ),
      safari('Unexpected response code: {status}', ['websocket-refused', 'likely']),
      safari('There was a bad response from the server.', ['websocket-refused', 'likely']),
    ],
  },
  {
    title: 'A header that a script cannot read',
    messages: [chromium('Refused to get unsafe header "{header}"', 'header-not-exposed')],
  },
  {
    title: 'A cookie is not sent',
    messages: [
      firefoxUnseen(
        'Cookie “{value}” has been rejected because it is in a cross-site context and its “SameSite” is “Lax” or “Strict”.',
        'cookie-not-sent',
      ),
      firefoxUnseen(
        'Cookie “{value}” rejected because it has the “SameSite=None” attribute but is missing the “secure” attribute.',
        'cookie-not-sent',
      ),
      firefoxUnseen(
        'Cookie “{value}” with the “SameSite” attribute value “Lax” or “Strict” was omitted because of a cross-site redirect.',
        'cookie-not-sent',
      ),
      firefoxUnseen('Cookie “{value}” has been rejected as third-party.', 'cookie-not-sent'),
      chromiumUnseen(
        'This attempt to set a cookie via a Set-Cookie header was blocked because it had the "SameSite={value}" attribute',
        'cookie-not-sent',
      ),
      chromiumUnseen(
        'This Set-Cookie header didn\'t specify a "SameSite" attribute and was defaulted to "SameSite=Lax,"',
        'cookie-not-sent',
      ),
      chromiumUnseen(
        'This attempt to set a cookie via a Set-Cookie header was blocked because it had the "Secure" attribute but was not received over a secure connection.',
        'cookie-not-sent',
      ),
    ],
  },
  {
    title: 'An opaque response',
    messages: [
      chromiumUnseen('net::ERR_BLOCKED_BY_ORB', ['opaque-answer', 'likely']),
      library('An opaque response cannot be added', ['opaque-answer', 'likely']),
    ],
  },
  {
    title: 'An image, a script or a frame is blocked',
    messages: [
      chromiumUnseen('net::ERR_BLOCKED_BY_RESPONSE.NotSameOrigin', 'resource-policy'),
      chromiumUnseen('net::ERR_BLOCKED_BY_RESPONSE.NotSameSite', 'resource-policy'),
      firefoxUnseen(
        'The resource at “{url}” was blocked due to its Cross-Origin-Resource-Policy header (or lack thereof).',
        'resource-policy',
      ),
      safari(
        "because it violates the resource's Cross-Origin-Resource-Policy response header.",
        'resource-policy',
      ),
    ],
  },
  {
    title: 'The API answers 403 by itself',
    messages: [
      chromiumUnseen('the server responded with a status of {status}', [
        'no-cors-problem',
        'likely',
      ]),
      library('Request failed with status code {status}', 'no-cors-problem'),
    ],
  },
  {
    title: 'Messages that hardly anybody sees',
    messages: [
      chromiumUnseen('Cross origin requests are not allowed by request mode.', [
        'opaque-answer',
        'possible',
      ]),
      chromiumUnseen('The response is invalid.', ['allow-origin-missing', 'possible']),
      firefoxUnseen('CORS header ‘Origin’ cannot be added', ['allow-origin-missing', 'possible']),
    ],
  },
]

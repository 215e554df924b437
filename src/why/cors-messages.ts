// What browsers say when an answer does not allow what the page wants. Facts of the engines' sources: services/network and
// third_party/blink/renderer/platform/loader/cors (Chromium), security.properties (Firefox), CrossOriginAccessControl.cpp
// and NetworkLoadChecker.cpp (WebKit).

import {
  chromium,
  chromiumUnseen,
  firefox,
  firefoxUnseen,
  library,
  type MessageSection,
  safari,
} from './message.js'

const whereSafariLooksTwice = [
  ['allow-origin-missing', 'likely'],
  ['allow-origin-other', 'possible'],
] as const
export const corsMessages: readonly MessageSection[] = [
  {
    title: 'No Access-Control-Allow-Origin',
    messages: [
      chromium(
        "No 'Access-Control-Allow-Origin' header is present on the requested resource.",
        'allow-origin-missing',
      ),
      firefox('CORS header ‘Access-Control-Allow-Origin’ missing', 'allow-origin-missing'),
      safari(
        'Origin {origin} is not allowed by Access-Control-Allow-Origin.[ Status code: {status}]',
        ...whereSafariLooksTwice,
      ),
      safari('Cross-origin script load denied by Cross-Origin Resource Sharing policy.', [
        'allow-origin-missing',
        'likely',
      ]),
    ],
  },
  {
    title: 'The origin does not match',
    messages: [
      chromium(
        "The 'Access-Control-Allow-Origin' header has a value '{value}' that is not equal to the supplied origin.",
        'allow-origin-other',
      ),
      chromium(
        "The 'Access-Control-Allow-Origin' header contains the invalid value '{value}'.",
        'allow-origin-other',
      ),
      firefox(
        'CORS header ‘Access-Control-Allow-Origin’ does not match ‘{value}’',
        'allow-origin-other',
      ),
      safari(
        'Origin {origin} is not allowed by Access-Control-Allow-Origin.[ Status code: {status}]',
        ...whereSafariLooksTwice,
      ),
    ],
  },
  {
    title: 'More than one value',
    messages: [
      chromium(
        "The 'Access-Control-Allow-Origin' header contains multiple values '{value}', but only one is allowed.",
        'allow-origin-doubled',
      ),
      firefox(
        'Multiple CORS header ‘Access-Control-Allow-Origin’ not allowed',
        'allow-origin-doubled',
      ),
      safari(
        'Access-Control-Allow-Origin cannot contain more than one origin.',
        'allow-origin-doubled',
      ),
    ],
  },
  {
    title: 'A star with credentials',
    messages: [
      chromium(
        "The value of the 'Access-Control-Allow-Origin' header in the response must not be the wildcard '*' when the request's credentials mode is 'include'.",
        'star-with-credentials',
      ),
      chromiumUnseen(
        "A wildcard '*' cannot be used in the 'Access-Control-Allow-Origin' header when the credentials flag is true.",
        'star-with-credentials',
      ),
      firefox(
        'Credential is not supported if the CORS header ‘Access-Control-Allow-Origin’ is ‘*’',
        'star-with-credentials',
      ),
      safari(
        'Cannot use wildcard in Access-Control-Allow-Origin when credentials flag is true.',
        'star-with-credentials',
      ),
    ],
  },
  {
    title: 'Credentials are not allowed',
    messages: [
      chromium(
        "The value of the 'Access-Control-Allow-Credentials' header in the response is '{value}' which must be 'true' when the request's credentials mode is 'include'.",
        'allow-credentials-not-true',
      ),
      chromiumUnseen(
        "Credentials flag is 'true', but the 'Access-Control-Allow-Credentials' header is '{value}'. It must be 'true' to allow credentials.",
        'allow-credentials-not-true',
      ),
      firefox(
        'expected ‘true’ in CORS header ‘Access-Control-Allow-Credentials’',
        'allow-credentials-not-true',
      ),
      safari(
        'Credentials flag is true, but Access-Control-Allow-Credentials is not "true".',
        'allow-credentials-not-true',
      ),
    ],
  },
  {
    title: 'The preflight has no ok status',
    messages: [
      chromium('It does not have HTTP ok status.', 'preflight-not-ok', [
        'preflight-needs-auth',
        'possible',
      ]),
      chromiumUnseen('Response for preflight does not have HTTP ok status.', 'preflight-not-ok', [
        'preflight-needs-auth',
        'possible',
      ]),
      chromiumUnseen(
        'Response for preflight has invalid HTTP status code {status}',
        'preflight-not-ok',
      ),
      firefox('CORS preflight response did not succeed', 'preflight-not-ok'),
      firefoxUnseen('CORS preflight channel did not succeed', 'preflight-not-ok'),
      safari('Preflight response is not successful[. Status code: {status}]', 'preflight-not-ok'),
      safari('Preflight response was blocked', ['preflight-not-ok', 'possible']),
    ],
  },
  {
    title: 'The preflight is redirected',
    messages: [
      chromium('Redirect is not allowed for a preflight request.', 'preflight-redirects'),
      chromiumUnseen('Response for preflight is invalid (redirect)', 'preflight-redirects'),
      firefox('CORS request external redirect not allowed', 'preflight-redirects'),
      safari('Preflight response is not successful[. Status code: {status}]', 'preflight-not-ok'),
    ],
  },
  {
    title: 'The method is not allowed',
    messages: [
      chromium(
        'Method {method} is not allowed by Access-Control-Allow-Methods in preflight response.',
        'method-not-allowed',
      ),
      firefox(
        'Did not find method in CORS header ‘Access-Control-Allow-Methods’',
        'method-not-allowed',
      ),
      safari(
        'Method {method} is not allowed by Access-Control-Allow-Methods.',
        'method-not-allowed',
      ),
    ],
  },
  {
    title: 'A request header is not allowed',
    messages: [
      chromium(
        'Request header field {header} is not allowed by Access-Control-Allow-Headers in preflight response.',
        'header-not-allowed',
      ),
      firefox(
        'header ‘{header}’ is not allowed according to header ‘Access-Control-Allow-Headers’ from CORS preflight response',
        'header-not-allowed',
      ),
      firefoxUnseen(
        'missing token ‘{header}’ in CORS header ‘Access-Control-Allow-Headers’ from CORS preflight channel',
        'header-not-allowed',
      ),
      safari(
        'Request header field {header} is not allowed by Access-Control-Allow-Headers.',
        'header-not-allowed',
      ),
    ],
  },
  {
    title: 'A list that cannot be read',
    messages: [
      chromium(
        'Cannot parse Access-Control-Allow-Methods response header field in preflight response.',
        'list-unreadable',
      ),
      chromium(
        'Cannot parse Access-Control-Allow-Headers response header field in preflight response.',
        'list-unreadable',
      ),
      firefox(
        'invalid token ‘{value}’ in CORS header ‘Access-Control-Allow-Methods’',
        'list-unreadable',
      ),
      firefox(
        'invalid token ‘{value}’ in CORS header ‘Access-Control-Allow-Headers’',
        'list-unreadable',
      ),
      safari(
        'Header Access-Control-Allow-Methods has an invalid value: {value}',
        'list-unreadable',
      ),
      safari(
        'Header Access-Control-Allow-Headers has an invalid value: {value}',
        'list-unreadable',
      ),
    ],
  },
  {
    title: 'Authorization under a star',
    messages: [
      chromiumUnseen(
        'Authorization will not be covered by the wildcard symbol (*) in CORS `Access-Control-Allow-Headers` handling.',
        'authorization-not-covered',
      ),
      firefoxUnseen(
        'When the `Access-Control-Allow-Headers` is `*`, the `Authorization` header is not covered. To include the `Authorization` header, it must be explicitly listed in CORS header `Access-Control-Allow-Headers`',
        'authorization-not-covered',
      ),
    ],
  },
  {
    title: 'A redirect with a password',
    messages: [
      chromium(
        "Redirect location '{value}' contains a username and password, which is disallowed for cross-origin requests.",
        'redirect-with-password',
      ),
      safari('redirection URL {value} has credentials', 'redirect-with-password'),
    ],
  },
  {
    title: 'A redirect to elsewhere',
    messages: [
      chromiumUnseen(
        "Redirect from '{url}' to '{value}' has been blocked by CORS policy",
        'redirects-elsewhere',
      ),
      safari(
        'Cross-origin redirection to {value} denied by Cross-Origin Resource Sharing policy',
        'redirects-elsewhere',
      ),
      safari('Cross-origin redirection denied by Cross-Origin Resource Sharing policy.', [
        'redirects-elsewhere',
        'likely',
      ]),
      safari(
        'not allowed to follow a cross-origin CORS redirection with non CORS scheme',
        'redirects-elsewhere',
      ),
      safari('Not allowed to follow a redirection while loading {url}', 'redirects-elsewhere'),
    ],
  },
  {
    title: 'Local Network Access',
    messages: [
      chromium(
        'Permission was denied for this request to access the `{value}` address space.',
        'local-network-access',
      ),
      chromium(
        'The request client is not a secure context and the resource is in more-private address space `{value}`.',
        'local-network-access',
      ),
      chromium(
        'Request had a target IP address space of `{value}` yet the resource is in address space `{value}`.',
        'local-network-access',
      ),
      chromium(
        'Error in connection establishment: net::ERR_BLOCKED_BY_LOCAL_NETWORK_ACCESS_CHECKS',
        'local-network-access',
      ),
      chromiumUnseen('net::ERR_BLOCKED_BY_LOCAL_NETWORK_ACCESS_CHECKS', 'local-network-access'),
      chromiumUnseen('net::ERR_BLOCKED_BY_PRIVATE_NETWORK_ACCESS_CHECKS', 'local-network-access'),
      chromiumUnseen(
        "No 'Access-Control-Allow-Private-Network' header was present in the preflight response for this private network request targeting the `{value}` address space.",
        'local-network-access',
      ),
      chromiumUnseen(
        "The 'Access-Control-Allow-Private-Network' header in the preflight response for this private network request targeting the `{value}` address space had a value of '{value}',  not 'true'.",
        'local-network-access',
      ),
      firefoxUnseen('Local Network Access permission required', 'local-network-access'),
      firefoxUnseen('Local Network Access detected', ['local-network-access', 'likely']),
    ],
  },
  {
    title: 'An address that is not HTTP',
    messages: [
      chromium(
        'Cross origin requests are only supported for protocol schemes: {value}',
        'not-http',
      ),
      chromiumUnseen('URL scheme "{value}" is not supported.', 'not-http'),
      firefox('CORS request not http', 'not-http'),
      safari('Cross origin requests are only supported for HTTP', 'not-http'),
      library('URL scheme must be "http" or "https" for CORS request.', 'not-http'),
    ],
  },
]

import {
  type Answer,
  allowCredentials,
  allowOrigin,
  grants,
  isRedirect,
  lines,
  list,
  one,
} from './answer.js'
import { type Finding, finding } from './finding.js'
import type { Observations } from './probe.js'

/** What a browser would refuse, or ask again, in the answer to its preflight. */
export function preflightFindings({
  preflight,
  actual,
  origin,
  method,
  headers,
}: Observations): Finding[] {
  if ('failure' in preflight) {
    return [
      finding(
        'preflight-unreachable',
        'broken',
        `The preflight got no answer: ${preflight.failure}.`,
      ),
    ]
  }
  const { status } = preflight
  if (isRedirect(preflight)) {
    return [
      finding(
        'preflight-redirects',
        'broken',
        `The preflight is redirected (${status}), which browsers do not follow.`,
      ),
    ]
  }
  if (status === 401 || status === 407) {
    return [
      finding(
        'preflight-needs-auth',
        'broken',
        `The preflight is asked for credentials (${status}), and browsers never send any with it.`,
      ),
    ]
  }
  if (status < 200 || status > 299) {
    return [
      finding(
        'preflight-not-ok',
        'broken',
        `The preflight gets ${status}; browsers demand 200 to 299.`,
      ),
    ]
  }
  const found: Finding[] = []
  const value = one(preflight, allowOrigin)
  if (value !== '*' && value !== origin) {
    found.push(
      finding(
        'preflight-allow-origin',
        'broken',
        `The preflight answer ${value === undefined ? 'has no single Access-Control-Allow-Origin' : `says ${value}, not ${origin}`}.`,
      ),
    )
  }
  const withCredentials = one(preflight, allowCredentials) === 'true'
  const methods = list(preflight, 'access-control-allow-methods')
  const isStar = !withCredentials && methods.includes('*')
  if (!/^(?:GET|HEAD|POST)$/u.test(method) && !methods.includes(method) && !isStar) {
    found.push(
      finding(
        'preflight-method',
        'broken',
        `The preflight answer does not allow ${method}: ${methods.join(', ') || 'it names no method'}.`,
      ),
    )
  }
  found.push(...headerFindings(preflight, headers, withCredentials))
  if (lines(preflight, 'access-control-max-age').length === 0) {
    found.push(
      finding(
        'max-age-missing',
        'note',
        'No Access-Control-Max-Age: most requests are asked for twice.',
      ),
    )
  }
  const actualCredentials = one(actual, allowCredentials) === 'true'
  if (value !== undefined && grants(actual, origin) && withCredentials !== actualCredentials) {
    found.push(
      finding(
        'contradictory',
        'risk',
        'Preflight and answer disagree on Access-Control-Allow-Credentials.',
      ),
    )
  }
  return found
}

function headerFindings(
  preflight: Answer,
  headers: readonly string[],
  withCredentials: boolean,
): Finding[] {
  const allowed = list(preflight, 'access-control-allow-headers').map(name => name.toLowerCase())
  const isStar = !withCredentials && allowed.includes('*')
  const missing = headers.filter(name => !allowed.includes(name) && !isStar)
  const found: Finding[] = []
  if (missing.length > 0) {
    found.push(
      finding(
        'preflight-headers',
        'broken',
        `The preflight answer does not allow the header ${missing.join(', ')}.`,
      ),
    )
  } else if (headers.includes('authorization') && !allowed.includes('authorization')) {
    found.push(
      finding(
        'preflight-authorization',
        'broken',
        'The preflight answer allows *, which does not cover authorization.',
      ),
    )
  }
  return found
}

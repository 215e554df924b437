// `originFallback`: what stands in for an Origin that a gateway removed.

import { exactOrigin, type OriginMatcher } from '../policy/origin-matcher.js'
import { isFinding, parseOriginPattern } from '../policy/origin-pattern.js'
import type { Policy } from '../policy/policy.js'
import { error, type FindingCode } from '../terms/finding.js'
import { isToken } from '../terms/token.js'
import type { ItemFinding } from './option-finding.js'

export interface CheckedFallback {
  readonly fallback: Policy['originFallback']
  readonly problem: ItemFinding | undefined
}

export function checkFallback(text: string, origins: OriginMatcher): CheckedFallback {
  const name = text.toLowerCase()
  const unsuitable = unsuitableHeaders.get(name)
  if (unsuitable !== undefined) return refuse('origin-header-not-suitable', unsuitable)
  // A dot is legal in a header name, but here it is far more often a host without its scheme.
  if (isToken(text) && !text.includes('.') && name !== 'null' && text !== '*') {
    return { fallback: { header: name }, problem: undefined }
  }
  const read = parseOriginPattern(text)
  const origin = isFinding(read) ? undefined : exactOrigin(read.pattern)
  if (origin === undefined || origin === 'null') {
    return refuse(
      'static-needs-one-exact-origin',
      'is neither a header name nor one exact origin such as https://app.example.com',
      isFinding(read) ? read.correction : undefined,
    )
  }
  if (origins.match(origin) === undefined) {
    return refuse(
      'static-needs-one-exact-origin',
      'is an origin that allowOrigins does not allow: add it there first',
    )
  }
  return { fallback: { origin }, problem: undefined }
}

function refuse(code: FindingCode, reason: string, correction?: string): CheckedFallback {
  return { fallback: undefined, problem: error(code, reason, { correction }) }
}

const whyNotHost =
  'names the API, not the page, and has no scheme: it can never equal an origin. Name the header that the gateway copies Origin to, or one exact origin'

const unsuitableHeaders: ReadonlyMap<string, string> = new Map([
  ['host', whyNotHost],
  ['x-forwarded-host', whyNotHost],
  ['forwarded', whyNotHost],
  [
    'referer',
    'carries a path, is cut or left out by privacy settings, and can be sent without any page: it can never be relied on as an origin. Name the header that the gateway copies Origin to, or one exact origin',
  ],
  ['origin', 'is the header that is missing when the fallback is needed'],
])

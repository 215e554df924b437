// The one place where a request is judged. Pure: nothing is sent, logged or remembered here.

import { fieldValue } from '../terms/fields.js'
import { isToken } from '../terms/token.js'
import type { Decision, PolicyRequest } from './decision.js'
import { forbiddenMethods, isSafelistedMethod } from './header-names.js'
import { intersectDecisions } from './intersection.js'
import { isolated } from './isolation.js'
import type { NameList } from './name-list.js'
import { parseOrigin } from './origin.js'
import type { Policy, PolicySet } from './policy.js'
import { type PolicyChoice, policiesForTarget } from './policy-for-path.js'
import type { Reason } from './reasons.js'
import { judgeRequestHeaders, type Refusal } from './request-headers.js'
import { isSameOrigin } from './same-origin.js'
import { allow, noOrigin, refuse, sameOrigin } from './verdicts.js'

/** What the policy says about one request. */
export function decide(policies: PolicySet, request: PolicyRequest): Decision {
  if (request.isForeignHost === true) return refuseHost(policies.global, request)
  if (policies.paths.length === 0) return judge(policies.global, request)
  return decideUnder(policiesForTarget(policies, request.target), request)
}

/**
 * What all of these policies say together: the strictest verdict, and no header that one of them
 * would not send. The request falls under several where its path can be read in several ways.
 */
export function decideUnder(choice: PolicyChoice, request: PolicyRequest): Decision {
  const [first, ...others] = choice
  const decision = judge(first, request)
  if (others.length === 0) return decision
  return intersectDecisions([decision, ...others.map(policy => judge(policy, request))])
}

/**
 * Before everything else: a page of a foreign name that leads here is its own origin.
 * https://www.rfc-editor.org/rfc/rfc9110#section-7.2
 */
function refuseHost(policy: Policy, request: PolicyRequest): Decision {
  const { host = '', origin = '' } = request
  const isPreflight = asksAsPreflight(request, origin) !== undefined
  const kind = request.isUpgrade ? 'upgrade' : isPreflight ? 'preflight' : 'actual'
  return { ...refuse(kind, policy, 'host-not-allowed', origin, host), action: 'block' }
}

function judge(policy: Policy, request: PolicyRequest): Decision {
  const decision = judgeOrigin(policy, request)
  return policy.isolate === 'off' ? decision : isolated(decision, request)
}

function judgeOrigin(policy: Policy, request: PolicyRequest): Decision {
  const fallback = request.origin === undefined ? fallbackOrigin(policy, request) : undefined
  const origin = request.origin ?? fallback
  if (request.isUpgrade) return judgeUpgrade(policy, request, origin, fallback !== undefined)
  const asked = asksAsPreflight(request, origin)
  if (origin !== undefined && asked !== undefined) {
    return judgePreflight(policy, request, origin, asked, fallback !== undefined)
  }
  return judgeActual(policy, request, origin, fallback !== undefined)
}

/** The method that a preflight asks for; undefined when the request is none. */
function asksAsPreflight(
  { method, requestMethod }: PolicyRequest,
  origin: string | undefined,
): string | undefined {
  const isPreflight = method === 'OPTIONS' && origin !== undefined && origin !== ''
  return isPreflight && requestMethod !== '' ? requestMethod : undefined
}

/** For gateways that strip `Origin`. A header that is sent twice is joined, and so refused. */
function fallbackOrigin(policy: Policy, request: PolicyRequest): string | undefined {
  const fallback = policy.originFallback
  if (fallback === undefined || policy.origins.any) return undefined
  if ('origin' in fallback) return fallback.origin
  const found = fieldValue(request.rawHeaders, fallback.header)
  return found === '' ? undefined : found
}

// https://fetch.spec.whatwg.org/#cors-preflight-fetch
function judgePreflight(
  policy: Policy,
  request: PolicyRequest,
  origin: string,
  requestMethod: string,
  isFallback: boolean,
): Decision {
  const match = policy.origins.match(origin)
  if (match === undefined && policy.onDisallowed !== 'public') {
    return refuse('preflight', policy, originRefusal(origin), origin, origin)
  }
  const isNamed = match !== undefined && !policy.origins.any
  const credentials = isNamed && policy.credentials
  const { headers } = isNamed ? policy.named : policy.everybody
  const refusal = judgeMethod(policy, requestMethod) ?? judgeHeaders(request, headers, credentials)
  if (refusal !== undefined) {
    const { reason, subject } = refusal
    const refused = refuse('preflight', policy, reason, origin, subject)
    const isTold = isNamed && !policy.reportOnly && isPlainNo(reason)
    return isTold ? { ...refused, allowOrigin: origin, credentials } : refused
  }
  const action = policy.preflight === 'forward' || policy.reportOnly ? 'forward' : 'answer'
  if (match === undefined) {
    return allow('preflight', policy, 'public-fallback', action, origin, undefined, '*', false)
  }
  const reason = isFallback ? 'origin-fallback' : match.reason
  const allowOrigin = policy.origins.any ? '*' : origin
  return allow('preflight', policy, reason, action, origin, match.entry, allowOrigin, credentials)
}

/**
 * Whether a browser refuses by itself when it sees the lists. Not where a star does not cover
 * `Authorization`: browsers still let it pass.
 */
const isPlainNo = (reason: Reason): boolean =>
  reason === 'method-not-allowed' ||
  reason === 'method-forbidden' ||
  reason === 'header-not-allowed'

/**
 * Case counts: a browser upper-cases `get` and `delete`, but sends `patch` as it was written.
 * https://fetch.spec.whatwg.org/#concept-method-normalize
 */
function judgeMethod(policy: Policy, method: string): Refusal | undefined {
  if (policy.methods.names.has(method) || isSafelistedMethod(method)) return undefined
  if (!isToken(method)) return { reason: 'malformed-request-method', subject: method }
  const isForbidden = forbiddenMethods.has(method.toUpperCase())
  return { reason: isForbidden ? 'method-forbidden' : 'method-not-allowed', subject: method }
}

function judgeHeaders(
  { requestHeaders }: PolicyRequest,
  list: NameList,
  credentials: boolean,
): Refusal | undefined {
  if (requestHeaders === undefined) return undefined
  return judgeRequestHeaders(requestHeaders, list, credentials)
}

// https://fetch.spec.whatwg.org/#concept-cors-check
function judgeActual(
  policy: Policy,
  request: PolicyRequest,
  origin: string | undefined,
  isFallback: boolean,
): Decision {
  if (origin === undefined) return noOrigin('actual', policy)
  const match = policy.origins.match(origin)
  if (match !== undefined) {
    const reason = isFallback ? 'origin-fallback' : match.reason
    const allowOrigin = policy.origins.any ? '*' : origin
    const { credentials } = policy
    return allow('actual', policy, reason, 'forward', origin, match.entry, allowOrigin, credentials)
  }
  const isPublic = policy.onDisallowed === 'public'
  if (isSameOrigin(request, origin)) {
    return sameOrigin('actual', policy, origin, isPublic ? '*' : undefined)
  }
  if (isPublic) {
    return allow('actual', policy, 'public-fallback', 'forward', origin, undefined, '*', false)
  }
  return refuse('actual', policy, originRefusal(origin), origin, origin)
}

/**
 * A handshake carries cookies and no page can be kept from it by headers, so here refusing blocks.
 * https://www.rfc-editor.org/rfc/rfc6455#section-10.2
 */
function judgeUpgrade(
  policy: Policy,
  request: PolicyRequest,
  origin: string | undefined,
  isFallback: boolean,
): Decision {
  if (origin === undefined) return noOrigin('upgrade', policy)
  const match = policy.origins.match(origin)
  if (match !== undefined) {
    const reason = isFallback ? 'origin-fallback' : match.reason
    const allowOrigin = policy.origins.any ? '*' : origin
    const { credentials } = policy
    return allow(
      'upgrade',
      policy,
      reason,
      'forward',
      origin,
      match.entry,
      allowOrigin,
      credentials,
    )
  }
  if (isSameOrigin(request, origin)) return sameOrigin('upgrade', policy, origin)
  return refuse('upgrade', policy, originRefusal(origin), origin, origin)
}

function originRefusal(origin: string): Reason {
  if (origin === 'null') return 'origin-null'
  return parseOrigin(origin) === undefined ? 'malformed-origin' : 'origin-not-allowed'
}

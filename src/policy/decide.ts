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
import { type Reason, reasons, type Verdict } from './reasons.js'
import { judgeRequestHeaders, type Refusal } from './request-headers.js'
import { isSameOrigin } from './same-origin.js'

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

function allow(
  kind: Decision['kind'],
  policy: Policy,
  reason: Reason,
  action: Decision['action'],
  origin: string,
  rule: string | undefined,
  allowOrigin: string,
  credentials: boolean,
): Decision {
  const verdict = 'allowed'
  return {
    kind,
    verdict,
    reason,
    action,
    policy,
    origin,
    rule,
    subject: undefined,
    allowOrigin,
    credentials,
    parts: undefined,
  }
}

// https://fetch.spec.whatwg.org/#origin-header
function noOrigin(kind: Decision['kind'], policy: Policy): Decision {
  return {
    kind,
    verdict: 'neutral',
    reason: 'no-origin',
    action: 'forward',
    policy,
    origin: undefined,
    rule: undefined,
    subject: undefined,
    // A cache may hand this copy to a page, and under `*` every page may read it.
    allowOrigin: policy.origins.any ? '*' : undefined,
    credentials: false,
    parts: undefined,
  }
}

/** What is public stays so: a cache may hand this copy to another page. */
function sameOrigin(
  kind: Decision['kind'],
  policy: Policy,
  origin: string,
  allowOrigin?: '*',
): Decision {
  return {
    kind,
    verdict: 'neutral',
    reason: 'same-origin',
    action: 'forward',
    policy,
    origin,
    rule: undefined,
    subject: undefined,
    allowOrigin,
    credentials: false,
    parts: undefined,
  }
}

function refuse(
  kind: Decision['kind'],
  policy: Policy,
  reason: Reason,
  origin: string,
  subject: string,
): Decision {
  const verdict: Verdict = reasons[reason]
  return {
    kind,
    verdict,
    reason,
    action: refusalAction(kind, policy),
    policy,
    origin,
    rule: undefined,
    subject,
    allowOrigin: undefined,
    credentials: false,
    parts: undefined,
  }
}

function refusalAction(kind: Decision['kind'], policy: Policy): Decision['action'] {
  if (policy.reportOnly) return 'forward'
  // Also when preflights are forwarded: one that the policy refuses must not reach an upstream
  // that might say yes.
  if (kind === 'preflight') return 'answer'
  return kind === 'upgrade' || policy.onDisallowed === 'block' ? 'block' : 'forward'
}

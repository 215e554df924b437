// Writes the headers that a decision calls for. Flat name/value arrays in and out: names keep their
// case, lines their order and their repeats.

import { isName } from '../terms/field-names.js'
import { eachField, fieldValue } from '../terms/fields.js'
import type { Decision, NonEmpty, PolicyRequest } from './decision.js'
import { expandExpose, mergeExpose } from './expose-headers.js'
import { needsEcho } from './header-blocks.js'
import { isAccessControl } from './header-names.js'
import { intersectLines } from './intersection.js'
import type { PolicySet } from './policy.js'
import { echoRequestHeaders } from './request-headers.js'
import { mergeVary } from './vary.js'

/**
 * Our own answer to a preflight. The body of a refusal is the caller's.
 * https://fetch.spec.whatwg.org/#cors-protocol-and-http-caches
 */
export function preflightAnswer(
  decision: Decision,
  request: PolicyRequest,
): { readonly status: number; readonly headers: string[] } {
  const headers = preflightLines(decision, request)
  if (isBareRefusal(decision)) return { status: 403, headers }
  const status = decision.policy.preflightStatus
  if (status !== 204) headers.push('Content-Length', '0')
  return { status, headers }
}

/**
 * Whether a preflight is refused without a word. Where the origin is listed, and only the method or a
 * header is not, the answer is what the policy allows: the browser refuses by itself, and says which.
 */
export function isBareRefusal({ verdict, allowOrigin }: Decision): boolean {
  return verdict === 'refused' && allowOrigin === undefined
}

function preflightLines(decision: Decision, request: PolicyRequest): string[] {
  if (decision.parts !== undefined) {
    return writtenByAll(decision.parts, part => preflightLines(part, request))
  }
  const headers = ['Vary', decision.policy.blocks.preflightVary.value]
  pushPreflight(headers, decision, request)
  return headers
}

/** The same response as every part of a decision would write it, and what they have in common. */
function writtenByAll(
  [first, ...others]: NonEmpty<Decision>,
  write: (part: Decision) => string[],
): string[] {
  return intersectLines([write(first), ...others.map(write)])
}

/**
 * The upstream's lines as the client may see them: its `Access-Control-*` replaced by ours as
 * `upstreamCors` says, `Vary` merged, `Timing-Allow-Origin` owned where it is enabled. `status` is
 * the upstream's; an upgrade that was opened (101) gets no CORS headers, nor one without a status.
 */
export function rewriteResponseHeaders(
  decision: Decision,
  request: PolicyRequest,
  upstream: readonly string[],
  status?: number,
): string[] {
  const { policy, kind, parts } = decision
  if (parts !== undefined) {
    return writtenByAll(parts, part => rewriteResponseHeaders(part, request, upstream, status))
  }
  if (policy.reportOnly) return upstream.slice()
  const keepsUpstream =
    policy.upstreamCors === 'respect' &&
    fieldValue(upstream, 'access-control-allow-origin') !== undefined
  const headers: string[] = []
  let varyIndex = -1
  eachField(upstream, (name, value) => {
    if (isAccessControl(name)) {
      if (keepsUpstream) headers.push(name, value)
    } else if (isName(name, 'vary')) {
      if (varyIndex === -1) varyIndex = headers.push(name, value) - 1
      else headers[varyIndex] = `${headers[varyIndex]}, ${value}`
    } else if (!policy.timingAllowOrigin || !isName(name, 'timing-allow-origin')) {
      headers.push(name, value)
    }
  })
  const vary = kind === 'preflight' ? policy.blocks.preflightVary : policy.blocks.vary
  if (vary.value !== '') {
    if (varyIndex === -1) headers.push('Vary', vary.value)
    else headers[varyIndex] = mergeVary(headers[varyIndex] ?? '', vary.names)
  }
  if (keepsUpstream || isOpenedUpgrade(kind, status)) return headers
  if (kind === 'preflight') pushPreflight(headers, decision, request)
  else pushActual(headers, decision, upstream, status)
  return headers
}

/** The CORS headers of our own error replies, so that the page can read them. */
export function ownReplyHeaders(decision: Decision | undefined, policies: PolicySet): string[] {
  if (decision?.parts !== undefined) {
    return writtenByAll(decision.parts, part => ownReplyHeaders(part, policies))
  }
  if (decision !== undefined) {
    const { blocks } = decision.policy
    const vary = decision.kind === 'preflight' ? blocks.preflightVary : blocks.vary
    const headers = vary.value === '' ? [] : ['Vary', vary.value]
    pushActual(headers, decision, [])
    return headers
  }
  // Never judged, so no origin can be named; only a policy of `*` needs none.
  const isPublic = [policies.global, ...policies.paths].every(policy => policy.origins.any)
  return isPublic
    ? ['Access-Control-Allow-Origin', '*', ...policies.global.blocks.expose.everybody]
    : ['Vary', 'Origin']
}

/**
 * The `Origin` to send up: a string replaces it, null strips it, undefined leaves it alone. Only an
 * allowed origin is ever changed, or a foreign site would pass the upstream's own check.
 * https://fetch.spec.whatwg.org/#origin-header
 */
export function upstreamOrigin(decision: Decision, rewriteTo: string): string | null | undefined {
  const { policy, parts } = decision
  if (parts !== undefined) {
    const [first, ...others] = parts.map(part => upstreamOrigin(part, rewriteTo))
    return others.every(other => other === first) ? first : undefined
  }
  if (decision.verdict !== 'allowed' || decision.reason === 'public-fallback') return undefined
  if (policy.reportOnly || policy.upstreamOrigin === 'pass') return undefined
  return policy.upstreamOrigin === 'strip' ? null : rewriteTo
}

// https://fetch.spec.whatwg.org/#http-access-control-allow-methods
function pushPreflight(headers: string[], decision: Decision, request: PolicyRequest): void {
  const { policy, allowOrigin, credentials, verdict, reason } = decision
  if (allowOrigin === undefined) return
  const { blocks, methods } = policy
  const to = allowOrigin === '*' ? 'everybody' : 'named'
  headers.push('Access-Control-Allow-Origin', allowOrigin, ...blocks.preflight[to])
  // Of a preflight that is refused for its method, nothing that it asks for has been looked at.
  if (reason !== 'method-not-allowed' && reason !== 'method-forbidden') {
    if (credentials && methods.isAny) {
      headers.push('Access-Control-Allow-Methods', request.requestMethod ?? '')
    }
    const list = policy[to].headers
    if (needsEcho(list, credentials)) {
      const echo = echoRequestHeaders(request.requestHeaders ?? '', list)
      if (echo !== '') headers.push('Access-Control-Allow-Headers', echo)
    }
  }
  if (verdict === 'refused') return
  headers.push(...blocks.maxAge)
  if (policy.allowPrivateNetwork && request.requestPrivateNetwork === 'true') {
    headers.push('Access-Control-Allow-Private-Network', 'true')
  }
}

// https://fetch.spec.whatwg.org/#http-access-control-allow-origin
function pushActual(
  headers: string[],
  decision: Decision,
  upstream: readonly string[],
  status?: number,
): void {
  const { policy, allowOrigin } = decision
  if (allowOrigin === undefined) return
  const to = allowOrigin === '*' ? 'everybody' : 'named'
  headers.push('Access-Control-Allow-Origin', allowOrigin, ...policy.blocks.actual[to])
  pushExpose(headers, decision, to, upstream, status === 304)
  if (policy.timingAllowOrigin) headers.push('Timing-Allow-Origin', allowOrigin)
}

/**
 * A 304 updates the response that the browser has stored, field by field. It carries few of the fields
 * of that response, so a list drawn from them would hide those that were readable before.
 * https://www.rfc-editor.org/rfc/rfc9111#section-3.2
 */
function pushExpose(
  headers: string[],
  { policy, credentials }: Decision,
  to: 'named' | 'everybody',
  upstream: readonly string[],
  isNotModified: boolean,
): void {
  const { blocks, upstreamCors } = policy
  if (isNotModified && upstreamCors === 'respect') return
  headers.push(...blocks.expose[to])
  if (isNotModified) return
  const list = policy[to].exposeHeaders
  let exposed = ''
  if (upstreamCors === 'merge-expose') exposed = mergeExpose(list, credentials, upstream)
  else if (needsEcho(list, credentials)) exposed = expandExpose(list, upstream)
  if (exposed !== '') headers.push('Access-Control-Expose-Headers', exposed)
}

function isOpenedUpgrade(kind: Decision['kind'], status: number | undefined): boolean {
  return kind === 'upgrade' && (status === undefined || status === 101)
}

// Whether a request that another site caused may pass, by what its browser says of it. No script can
// set these fields. https://www.w3.org/TR/fetch-metadata/

import { fieldValue } from '../terms/fields.js'
import type { Decision, PolicyRequest } from './decision.js'
import type { IsolationMode } from './isolation-modes.js'

/**
 * The decision by origins, or a refusal in its place. What is refused anyway keeps its own reason, and a
 * preflight, whose browser says what it says of the actual request, is the policy's to answer.
 */
export function isolated(decision: Decision, request: PolicyRequest): Decision {
  const { kind, verdict, policy } = decision
  const { isolate } = policy
  if (kind === 'preflight') return decision
  if (verdict === 'refused' && (kind === 'upgrade' || policy.onDisallowed === 'block')) {
    return decision
  }
  const mildest = mildestRefusing(decision, request)
  if (mildest === undefined || isolate === 'off') return decision
  if (isolate === 'report') return { ...decision, reported: mildest }
  if (isolate === 'resources' && mildest === 'api') return decision
  return {
    ...decision,
    verdict: 'refused',
    reason: 'cross-site',
    action: policy.reportOnly ? 'forward' : 'block',
    rule: undefined,
    subject: [request.secFetchSite, modeOf(request), destinationOf(request)].join(' ').trim(),
    allowOrigin: undefined,
    credentials: false,
  }
}

/** Whether that was a script, which may ask again by CORS, rather than a link, a form or a frame. */
export function isByScript({ subject = '' }: Decision): boolean {
  const [, mode] = subject.split(' ')
  return mode === 'cors' || mode === 'no-cors' || mode === 'websocket'
}

function mildestRefusing(decision: Decision, request: PolicyRequest): IsolationMode | undefined {
  const { method, secFetchSite = '' } = request
  // Without the field: curl, probes, old browsers, and pages that came over plain HTTP.
  if (secFetchSite === '' || secFetchSite === 'same-origin' || secFetchSite === 'none') {
    return undefined
  }
  const mode = modeOf(request)
  if (isGranted(decision, request, mode)) return undefined
  if (secFetchSite === 'same-site') return 'api'
  const destination = destinationOf(request)
  const isFollowed = mode === 'navigate' && method === 'GET'
  const isEmbedded = destination === 'object' || destination === 'embed'
  return isFollowed && !isEmbedded ? 'api' : 'resources'
}

/**
 * A listed origin may send what it likes by script. What is granted to everybody is a read without
 * cookies, and what a fixed fallback grants says nothing of who asks: both reach as far as CORS does.
 * A navigation is no CORS request, whoever made it.
 */
function isGranted(decision: Decision, request: PolicyRequest, mode: string): boolean {
  if (decision.verdict !== 'allowed' || mode === 'navigate') return false
  if (request.origin !== undefined && decision.allowOrigin !== '*') return true
  if (mode !== 'cors' && mode !== 'websocket') return false
  return decision.allowOrigin !== '*' || fieldValue(request.rawHeaders, 'cookie') === undefined
}

const modeOf = ({ rawHeaders }: PolicyRequest): string =>
  fieldValue(rawHeaders, 'sec-fetch-mode') ?? ''

const destinationOf = ({ rawHeaders }: PolicyRequest): string =>
  fieldValue(rawHeaders, 'sec-fetch-dest') ?? ''

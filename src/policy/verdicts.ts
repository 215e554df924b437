// The decisions that can be made of a request, each written whole: what follows from a reason is here.

import type { Decision } from './decision.js'
import type { Policy } from './policy.js'
import { type Reason, reasons, type Verdict } from './reasons.js'

export function allow(
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
export function noOrigin(kind: Decision['kind'], policy: Policy): Decision {
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
export function sameOrigin(
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

export function refuse(
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

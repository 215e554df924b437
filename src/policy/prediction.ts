// One made-up request, judged step by step as the real one would be: what a browser asks first,
// what is answered, and what the page then gets to see. Pure data; words only where a person reads.

import { decide } from './decide.js'
import type { Decision, Fix, NearMiss, PolicyRequest } from './decision.js'
import { describe, nearMiss } from './describe.js'
import { isSafelistedMethod } from './header-names.js'
import {
  type AskedQuestion,
  actualRequest,
  completed,
  preflightRequest,
  type Question,
  unsafeNames,
} from './made-up-request.js'
import { type Asked, wholeAdvice } from './missing.js'
import type { PolicySet } from './policy.js'
import { policiesForTarget } from './policy-for-path.js'
import { ownReplyHeaders, preflightAnswer, rewriteResponseHeaders } from './response-headers.js'

export interface Step {
  readonly name:
    | 'policy'
    | 'preflight'
    | 'isolation'
    | 'origin'
    | 'method'
    | 'headers'
    | 'credentials'
  /** `skipped` where an earlier step has refused, or nothing was asked. */
  readonly outcome: 'passed' | 'refused' | 'skipped'
  readonly detail: string
}

export interface Prediction {
  readonly question: AskedQuestion
  /** What stands: the preflight's refusal, else the decision on the actual request. */
  readonly decision: Decision
  readonly steps: readonly Step[]
  /** What a browser would ask first, if anything. */
  readonly askedBy: Asked
  /** Undefined where a browser would not ask first, or the upstream answers. Headers are flat. */
  readonly preflight: { readonly status: number; readonly headers: readonly string[] } | undefined
  /** What is added to the answer of the actual request; empty where none is ever sent. Flat. */
  readonly responseHeaders: readonly string[]
  /** What the browser would then do, in a sentence or two. */
  readonly browser: string
  readonly nearMiss: NearMiss | undefined
  /** The change that would allow what was refused. */
  readonly change: Fix | undefined
}

/** Judges a made-up request as {@link decide} would judge the real ones that it leads to. */
export function predict(policies: PolicySet, asked: Question): Prediction {
  const question = completed(asked)
  const names = unsafeNames(question.headers)
  const actual = actualRequest(question)
  const preflight = preflightRequest(question, names, actual)
  const asking = preflight && decide(policies, preflight)
  const doing = decide(policies, actual)
  const deciding = asking?.verdict === 'refused' ? asking : doing
  const askedBy = preflight ?? actual
  const isStopped = deciding.kind === 'preflight' && deciding.action === 'answer'
  return {
    question,
    decision: deciding,
    askedBy,
    steps: stepsOf(policies, question, names, deciding, asking),
    preflight:
      preflight && asking?.action === 'answer' ? preflightAnswer(asking, preflight) : undefined,
    responseHeaders: isStopped ? [] : responseHeaders(doing, actual, policies),
    browser: browserText(question, deciding, doing, asking),
    nearMiss: nearMiss(deciding),
    change: wholeAdvice(deciding, askedBy)?.fix,
  }
}

function responseHeaders(
  doing: Decision,
  actual: PolicyRequest,
  policies: PolicySet,
): readonly string[] {
  if (doing.action === 'block') return ownReplyHeaders(doing, policies)
  return rewriteResponseHeaders(doing, actual, [], doing.kind === 'upgrade' ? 101 : 200)
}

function stepsOf(
  policies: PolicySet,
  question: AskedQuestion,
  names: readonly string[],
  deciding: Decision,
  asking: Decision | undefined,
): readonly Step[] {
  const asks = asking !== undefined
  const steps: Step[] = [
    { name: 'policy', outcome: 'passed', detail: policyText(policies, question, deciding) },
    asks
      ? { name: 'preflight', outcome: 'passed', detail: preflightText(question, names) }
      : { name: 'preflight', outcome: 'skipped', detail: noPreflightText(question) },
    ...isolationStep(deciding),
    { name: 'origin', outcome: 'passed', detail: originText(deciding) },
    { name: 'method', outcome: asks ? 'passed' : 'skipped', detail: question.method },
    {
      name: 'headers',
      outcome: asks && names.length > 0 ? 'passed' : 'skipped',
      detail: headersText(question, names),
    },
    {
      name: 'credentials',
      outcome: deciding.allowOrigin === undefined ? 'skipped' : 'passed',
      detail: deciding.credentials ? 'cookies are allowed' : 'cookies are not allowed',
    },
  ]
  if (deciding.verdict !== 'refused') return steps
  const stop = steps.findIndex(({ name }) => name === refusedStep(deciding))
  return steps.map((step, at) => {
    if (at < stop) return step
    if (at === stop) return { ...step, outcome: 'refused', detail: refusalText(deciding) }
    return { ...step, outcome: 'skipped', detail: 'not checked' }
  })
}

/** https://fetch.spec.whatwg.org/#cors-safelisted-request-header */
function refusalText(deciding: Decision): string {
  const isRange = deciding.reason === 'header-not-allowed' && deciding.subject === 'range'
  return isRange
    ? `${describe(deciding)} Unless it is simple: bytes=0-10 needs no permission.`
    : describe(deciding)
}

function isolationStep({ kind, policy, reported }: Decision): readonly Step[] {
  const { isolate } = policy
  if (isolate === 'off') return []
  const step = (outcome: Step['outcome'], detail: string): readonly Step[] => [
    { name: 'isolation', outcome, detail },
  ]
  if (kind === 'preflight') return step('skipped', 'preflights are not judged by it')
  if (reported === undefined) return step('passed', `isolate: ${isolate} lets it through`)
  const modes = reported === 'api' ? 'api' : 'api and resources'
  return step('passed', `only reported: isolate: ${modes} would refuse it`)
}

function refusedStep({ reason }: Decision): Step['name'] {
  switch (reason) {
    case 'cross-site':
      return 'isolation'
    case 'method-not-allowed':
    case 'method-forbidden':
    case 'malformed-request-method':
      return 'method'
    case 'header-not-allowed':
    case 'header-authorization-not-covered-by-wildcard':
    case 'malformed-request-headers':
    case 'too-many-request-headers':
      return 'headers'
    default:
      return 'origin'
  }
}

function policyText(policies: PolicySet, { path }: AskedQuestion, { policy }: Decision): string {
  const name = policy.match === '' ? 'the global policy' : `the policy for ${policy.match}`
  const { length } = policiesForTarget(policies, path)
  return length === 1
    ? `${path} is judged by ${name}`
    : `${path} can be read in several ways: it gets what all ${length} policies give, and ${name} is the strictest`
}

function originText({ origin, rule, reason }: Decision): string {
  if (origin === undefined) return 'none: this is no CORS request'
  return rule === undefined ? `${origin}: ${reason}` : `${origin} is covered by ${rule} (${reason})`
}

function preflightText({ method }: AskedQuestion, names: readonly string[]): string {
  const why = isSafelistedMethod(method) ? [] : [`for ${method}`]
  if (names.length > 0) why.push(`to send ${names.join(', ')}`)
  return `the browser asks first, ${why.join(' and ')}`
}

function noPreflightText({ as, isUpgrade, origin }: AskedQuestion): string {
  if (as !== 'fetch') return 'only scripts make browsers ask first'
  if (isUpgrade) return 'browsers open a WebSocket without a preflight'
  if (origin === undefined) return 'there is no preflight'
  return 'a plain request needs no preflight'
}

function headersText({ headers }: AskedQuestion, names: readonly string[]): string {
  if (names.length === 0) return headers.trim() === '' ? 'none' : 'none that need permission'
  // A form may send three content types unasked, but nothing that a script sends is told by name.
  const note = names.includes('content-type') ? ' (content-type as for JSON)' : ''
  return `${names.join(', ')}${note}`
}

// https://fetch.spec.whatwg.org/#http-cors-protocol
function browserText(
  question: AskedQuestion,
  deciding: Decision,
  doing: Decision,
  asking: Decision | undefined,
): string {
  const { policy } = deciding
  if (deciding.reason === 'cross-site' && deciding.action === 'block' && question.as !== 'fetch') {
    return 'It shows the 403 in place of the response, or nothing: the upstream never hears of it.'
  }
  if (deciding.verdict === 'neutral') return 'No CORS check is made: the request is forwarded.'
  if (policy.reportOnly) {
    return 'It follows the upstream’s CORS headers, because the policy only reports.'
  }
  if (question.isUpgrade) {
    return deciding.action === 'block'
      ? 'The handshake gets 403 and the page a closed WebSocket (code 1006).'
      : 'The WebSocket opens, if the upstream accepts it.'
  }
  if (deciding.kind === 'preflight') {
    return `The preflight is refused, so the ${question.method} is never sent: fetch() rejects with a TypeError.`
  }
  if (doing.allowOrigin === undefined) {
    const first =
      doing.action === 'block'
        ? 'The request gets 403 without reaching the upstream'
        : 'The request reaches the upstream, but the page may not read the response'
    return `${first}: fetch() rejects with a TypeError.`
  }
  const asked = asking === undefined ? '' : `${rememberedText(policy.maxAge)} `
  const cookies = doing.credentials
    ? 'also with credentials: "include".'
    : 'but fetch() with credentials: "include" rejects with a TypeError.'
  const upstream = policy.upstreamCors === 'respect' ? ' The upstream’s CORS headers win.' : ''
  return `${asked}The page may read the response, ${cookies}${upstream}`
}

function rememberedText(maxAge: number | undefined): string {
  const seconds = maxAge ?? 5
  return seconds > 0
    ? `The preflight is allowed and cached for up to ${seconds} s.`
    : 'The preflight is allowed, and sent again every time.'
}

import { decide } from '../policy/decide.js'
import type { Decision, PolicyRequest } from '../policy/decision.js'
import type { PolicySet, PolicySettings } from '../policy/policy.js'
import type { Reason } from '../policy/reasons.js'
import {
  ownReplyHeaders,
  preflightAnswer,
  rewriteResponseHeaders,
} from '../policy/response-headers.js'
import { type DecisionView, decisionView, type HeaderLine } from './exchange-view.js'

/** A made-up request, as a page would make it. */
export interface Question {
  readonly origin?: string | undefined
  readonly method?: string | undefined
  /** Names of request headers that the page sets, separated by commas. */
  readonly headers?: string | undefined
  readonly path?: string | undefined
  readonly isUpgrade?: boolean
}

export interface Step {
  readonly name: 'policy' | 'origin' | 'method' | 'headers' | 'credentials'
  /** `skipped` where an earlier step has refused, or nothing was asked. */
  readonly outcome: 'passed' | 'refused' | 'skipped'
  readonly detail: string
}

/** What would become of a made-up request. JSON-safe. */
export interface Explanation {
  readonly question: Required<Question>
  /** What stands: the preflight's refusal, else the decision on the actual request. */
  readonly decision: DecisionView
  readonly steps: readonly Step[]
  /** Undefined where a browser would not ask first. Status and head where the sidecar answers. */
  readonly preflight:
    | { readonly status: number; readonly headers: readonly HeaderLine[] }
    | undefined
  readonly response: { readonly headers: readonly HeaderLine[] }
}

/** Judges a made-up request step by step, as the running policy would judge the real one. */
export function explain(
  policies: PolicySet,
  asked: Question,
  settings?: PolicySettings,
): Explanation {
  const question = completed(asked)
  const { actual, preflight } = requestsOf(question)
  const asking = preflight && decide(policies, preflight)
  const doing = decide(policies, actual)
  const deciding = asking?.verdict === 'refused' ? asking : doing
  return {
    question,
    decision: decisionView(deciding, settings),
    steps: stepsOf(question, deciding, asking),
    preflight:
      asking && preflight && asking.action === 'answer' ? answered(asking, preflight) : undefined,
    response: { headers: pairs(responseHeaders(deciding, doing, actual, policies)) },
  }
}

function completed({ origin, method, headers, path, isUpgrade }: Question): Required<Question> {
  return {
    origin: origin || undefined,
    method: browserMethod(method || 'GET'),
    headers: headers ?? '',
    path: path || '/',
    isUpgrade: isUpgrade ?? false,
  }
}

// https://fetch.spec.whatwg.org/#concept-method-normalize: patch is not among them.
function browserMethod(method: string): string {
  return /^(?:delete|get|head|options|post|put)$/iu.test(method) ? method.toUpperCase() : method
}

function requestsOf(question: Required<Question>): {
  actual: PolicyRequest
  preflight: PolicyRequest | undefined
} {
  const { origin, method = 'GET', path = '/', isUpgrade } = question
  const names = unsafeNames(question.headers ?? '')
  const actual: PolicyRequest = {
    method,
    target: path,
    origin,
    requestMethod: undefined,
    requestHeaders: undefined,
    requestPrivateNetwork: undefined,
    secFetchSite: undefined,
    host: undefined,
    scheme: 'https',
    isUpgrade,
    rawHeaders: [],
  }
  const asksFirst = !isUpgrade && (names !== '' || !/^(?:GET|HEAD|POST)$/u.test(method))
  return {
    actual,
    preflight:
      asksFirst && origin !== undefined
        ? {
            ...actual,
            method: 'OPTIONS',
            requestMethod: method,
            requestHeaders: names === '' ? undefined : names,
          }
        : undefined,
  }
}

// What a browser asks for: lower case, in order, without those it may always send.
function unsafeNames(headers: string): string {
  const always = new Set(['accept', 'accept-language', 'content-language', ''])
  const names = headers.split(',').map(name => name.trim().toLowerCase())
  return [...new Set(names)]
    .filter(name => !always.has(name))
    .sort()
    .join(',')
}

function answered(decision: Decision, request: PolicyRequest): Explanation['preflight'] {
  const { status, headers } = preflightAnswer(decision, request)
  return { status, headers: pairs(headers) }
}

function responseHeaders(
  deciding: Decision,
  doing: Decision,
  actual: PolicyRequest,
  policies: PolicySet,
): string[] {
  // Nothing is sent after a refused preflight, and blocked requests get a reply of our own.
  if (deciding.kind === 'preflight') return []
  return doing.action === 'block'
    ? ownReplyHeaders(doing, policies)
    : rewriteResponseHeaders(doing, actual, [])
}

function pairs(flat: readonly string[]): HeaderLine[] {
  const lines: HeaderLine[] = []
  for (let index = 0; index + 1 < flat.length; index += 2) {
    lines.push([flat[index] ?? '', flat[index + 1] ?? ''])
  }
  return lines
}

const order = ['origin', 'method', 'headers', 'credentials'] as const

const refusedAt: Partial<Record<Reason, (typeof order)[number]>> = {
  'method-not-allowed': 'method',
  'method-forbidden': 'method',
  'malformed-request-method': 'method',
  'header-not-allowed': 'headers',
  'header-authorization-not-covered-by-wildcard': 'headers',
  'malformed-request-headers': 'headers',
  'too-many-request-headers': 'headers',
}

function stepsOf(
  question: Required<Question>,
  deciding: Decision,
  asking: Decision | undefined,
): readonly Step[] {
  const { policy, verdict, rule, reason } = deciding
  const path = `${question.path} is judged by ${policy.match === '' ? 'the global policy' : `the policy for ${policy.match}`}.`
  const stop = verdict === 'refused' ? order.indexOf(refusedAt[reason] ?? 'origin') : order.length
  const details: Record<(typeof order)[number], string> = {
    origin: rule === undefined ? (question.origin ?? 'none') : `${question.origin} by ${rule}`,
    method: question.method ?? '',
    headers: question.headers || 'none',
    credentials: deciding.credentials
      ? 'Cookies may come along.'
      : 'No cookies: they are not allowed.',
  }
  const isAsked = { origin: true, method: asking, headers: asking, credentials: rule }
  const steps = order.map((name, at): Step => {
    const skipped = at > stop || !isAsked[name]
    const outcome = at === stop ? 'refused' : skipped ? 'skipped' : 'passed'
    return { name, outcome, detail: outcome === 'skipped' ? 'not looked at' : details[name] }
  })
  return [{ name: 'policy', outcome: 'passed', detail: path }, ...steps]
}

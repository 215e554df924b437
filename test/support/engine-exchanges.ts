// The HTTP cases of cors.json as exchanges with an engine: what is asked, and what the policy says.

import { differences, type Outcome, outcomeOf } from '../../src/cli/diff/outcome.js'
import { loadSettings } from '../../src/config/load.js'
import type { Exchange } from '../../src/engines/exchange.js'
import { decide } from '../../src/policy/decide.js'
import type { PolicyRequest } from '../../src/policy/decision.js'
import type { PolicySet } from '../../src/policy/policy.js'
import {
  ownReplyHeaders,
  preflightAnswer,
  rewriteResponseHeaders,
} from '../../src/policy/response-headers.js'
import type { Answer } from '../../src/why/answer.js'
import { type CaseRequest, type CorsCase, fieldLines, requestBytes } from './cases.js'
import { openRawClient } from './raw-client.js'
import { statusOf } from './strict-http.js'

/** What of an answer a browser, a cache or the upstream can tell. */
export interface Told extends Outcome {
  readonly forwarded: boolean
  readonly blocked: boolean
  readonly varies: boolean
  readonly upstreamOrigin: string
  readonly privateNetwork: boolean
}

/** Where an answer is not what the policy says. */
export function differing(said: Told, is: Told): string[] {
  const names = (['forwarded', 'blocked', 'upstreamOrigin', 'privateNetwork'] as const).filter(
    name => said[name] !== is[name],
  )
  // One that varies more is only cached less.
  const varies = said.varies && !is.varies ? ['varies'] : []
  return [...differences(said, is), ...names, ...varies]
}

/** The policies of some settings, as the program would run on them. */
export function policiesOf(settings: Record<string, unknown>): Promise<PolicySet> {
  const key = JSON.stringify(settings)
  const found = known.get(key) ?? compiled(settings)
  known.set(key, found)
  return found
}

const known = new Map<string, Promise<PolicySet>>()

async function compiled(settings: Record<string, unknown>): Promise<PolicySet> {
  const loaded = await loadSettings({
    document: { ...settings, upstream: 'http://127.0.0.1:9' },
    env: {},
    cwd: '/',
    isTerminal: false,
  })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
  return loaded.policies
}

/** What a browser can send: one line of each field, a path, a method in upper case. */
export const isFromBrowser = ({ request }: CorsCase): boolean =>
  request.path.startsWith('/') &&
  request.method === request.method.toUpperCase() &&
  Object.values(request.headers).every(value => typeof value === 'string') &&
  !/:(?:443|80)$|:(?:0\d+|6553[6-9]|655[4-9]\d)$/.test(String(request.headers.Origin ?? ''))

export function exchangeOf(each: CorsCase, policies: PolicySet): Exchange {
  const request = policyRequest(each.request)
  return {
    policies,
    request,
    decision: decide(policies, request),
    upstreamFails: each.upstream?.error === 'ECONNREFUSED',
    upstream: Object.entries(each.upstream?.headers ?? {}).flatMap(([name, value]) =>
      [value].flat().flatMap(line => [name, line]),
    ),
  }
}

function policyRequest({ method, path, headers }: CaseRequest): PolicyRequest {
  const rawHeaders = fieldLines(headers).flatMap(line => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon), line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '')]
  })
  const joined = (name: string) => {
    const values = rawHeaders.filter(
      (_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === name,
    )
    return values.length === 0 ? undefined : values.join(', ')
  }
  return {
    method,
    target: path,
    origin: joined('origin'),
    requestMethod: joined('access-control-request-method'),
    requestHeaders: joined('access-control-request-headers'),
    requestPrivateNetwork: joined('access-control-request-private-network'),
    secFetchSite: joined('sec-fetch-site'),
    host: joined('host') ?? 'sidecar.test',
    scheme: 'http',
    isUpgrade: joined('upgrade') === 'websocket',
    rawHeaders,
  }
}

/** What the policy says, as a browser would see it. */
export function expected(each: CorsCase, exchange: Exchange): Told {
  const { decision, request, policies, upstream } = exchange
  const isOwn = decision.action !== 'forward'
  const own = decision.action === 'answer' ? preflightAnswer(decision, request) : undefined
  const status = own?.status ?? (isOwn ? 403 : (each.upstream?.status ?? 502))
  const headers =
    own?.headers ??
    (isOwn || each.upstream?.error === 'ECONNREFUSED'
      ? ownReplyHeaders(decision, policies)
      : rewriteResponseHeaders(decision, request, upstream, status))
  const strips = decision.verdict === 'allowed' && decision.policy.upstreamOrigin !== 'pass'
  return {
    ...told(exchange, answerOf(status, headers)),
    forwarded: !isOwn,
    blocked: decision.action === 'block',
    upstreamOrigin: isOwn || strips ? '' : (request.origin ?? ''),
  }
}

/** What the engine says. */
export async function measured(each: CorsCase, exchange: Exchange, port: number): Promise<Told> {
  const play = {
    status: each.upstream?.status ?? 200,
    headers: Object.entries(each.upstream?.headers ?? {}),
    cut: each.upstream?.error === 'RESET_MIDBODY',
  }
  const headers = { ...each.request.headers, 'X-Play': encodeURIComponent(JSON.stringify(play)) }
  const client = await openRawClient({ port, methodOf: () => each.request.method })
  try {
    client.write(requestBytes({ ...each.request, headers }))
    const { reader } = client
    const whole = () =>
      reader.messages.find(message => ![100, 102, 103].includes(statusOf(message)))
    const head = await client.until(() => whole() ?? reader.partial, 'a response head')
    const fields = head.headers.flat()
    const answer = answerOf(statusOf(head), fields)
    const handled = 'headers' in answer ? answer.headers.get('x-handled') : undefined
    const isRefused = each.upstream?.error === 'ECONNREFUSED'
    return {
      ...told(exchange, answer),
      forwarded: isRefused || handled !== undefined,
      blocked:
        handled === undefined && statusOf(head) === 403 && exchange.decision.kind !== 'preflight',
      upstreamOrigin: isRefused
        ? (exchange.request.origin ?? '')
        : (handled?.[0] ?? '').replace(/^none$/, ''),
    }
  } finally {
    client.destroy()
  }
}

function told({ request, decision }: Exchange, answer: Answer) {
  const preflight =
    decision.kind === 'preflight'
      ? { method: request.requestMethod ?? '', names: namesOf(request.requestHeaders ?? '') }
      : undefined
  // Nobody reads CORS fields of a handshake, and without an origin there is nobody to read.
  const isRead = decision.kind !== 'upgrade' && request.origin !== undefined
  const outcome = outcomeOf(isRead ? answer : { failure: '' }, {
    origin: request.origin ?? '',
    preflight,
  })
  const ignored =
    /^(?:x-handled|x-play|date|server|connection|keep-alive|x-powered-by|allow|vary|transfer-encoding|via|alt-svc|etag)$/
  const vary = 'headers' in answer ? (answer.headers.get('vary') ?? []).join(',') : ''
  return {
    ...outcome,
    privateNetwork:
      outcome.allows !== 'nothing' &&
      'headers' in answer &&
      answer.headers.has('access-control-allow-private-network'),
    exposed: outcome.exposed.filter(name => !ignored.test(name)),
    // Preflights are never cached.
    varies:
      preflight !== undefined ||
      decision.kind === 'upgrade' ||
      /(?:^|[\s,])(?:origin|\*)(?:[\s,]|$)/i.test(vary),
  }
}

const namesOf = (list: string): string[] =>
  list
    .split(',')
    .map(name => name.trim().toLowerCase())
    .filter(name => name !== '')

function answerOf(status: number, fields: readonly string[]): Answer {
  const headers = new Map<string, string[]>()
  for (let at = 0; at < fields.length; at += 2) {
    const name = (fields[at] ?? '').toLowerCase()
    headers.set(name, [...(headers.get(name) ?? []), fields[at + 1] ?? ''])
  }
  return { status, headers }
}

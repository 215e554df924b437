// The shared table of requests and answers, judged without a server.
import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { compilePolicies } from '../../src/config/compile-policy.js'
import { decide } from '../../src/policy/decide.js'
import type { PolicyRequest } from '../../src/policy/decision.js'
import type { PolicySet, PolicySettings, UnsafeAllow } from '../../src/policy/policy.js'
import {
  ownReplyHeaders,
  preflightAnswer,
  rewriteResponseHeaders,
  upstreamOrigin,
} from '../../src/policy/response-headers.js'
import { shopSettings } from './shop.js'

type Fields = Readonly<Record<string, string | readonly string[]>>

interface CasePolicy {
  readonly origins?: readonly string[]
  readonly methods?: readonly string[]
  readonly headers?: readonly string[]
  readonly expose?: readonly string[]
  readonly credentials?: boolean
  readonly maxAge?: number | null
  readonly onDisallowed?: string
  readonly preflight?: PolicySettings['preflight']
  readonly preflightStatus?: number
  readonly upstreamCors?: string
  readonly missingOrigin?: string
  readonly originHeader?: string
  readonly timing?: boolean
  readonly privateNetwork?: boolean
  readonly upstreamOrigin?: PolicySettings['upstreamOrigin']
  readonly dangerously?: { readonly allowNullOrigin?: boolean; readonly insecureOrigins?: boolean }
  readonly target?: string
  readonly paths?: readonly (CasePolicy & { readonly match: string })[]
}

interface HttpCase {
  readonly id: string
  readonly kind: 'http'
  readonly why: string
  readonly policy: CasePolicy
  readonly request: {
    readonly method: string
    readonly path: string
    readonly headers: Fields
    readonly rawMethod?: boolean
  }
  readonly upstream: { status?: number; headers?: Fields; error?: string } | null
  readonly expect: {
    readonly status: number
    readonly forwarded: boolean
    readonly headers?: Readonly<Record<string, string>>
    readonly absent?: readonly string[]
    readonly single?: readonly string[]
    readonly vary?: readonly string[]
    readonly varyAbsent?: readonly string[]
    readonly reason?: string
    readonly upstreamSees?: { readonly origin?: string }
    readonly upstreamSeesAbsent?: readonly string[]
  }
}

interface ConfigCase {
  readonly id: string
  readonly kind: 'config'
  readonly why: string
  readonly policy: CasePolicy
  readonly expect: {
    readonly config: 'ok' | 'warn' | 'reject'
    readonly code: string | null
    readonly codes?: readonly string[]
    readonly suggestion?: string
    readonly normalised?: readonly string[]
  }
}

const cases: readonly (HttpCase | ConfigCase)[] = JSON.parse(
  readFileSync(new URL('../../../test/cases/cors.json', import.meta.url), 'utf8'),
)

t.test('requests and their answers', async t => {
  for (const row of cases) {
    // What the HTTP parser refuses never gets here.
    if (row.kind === 'http' && row.request.rawMethod !== true) {
      t.test(`${row.id}: ${row.why}`, async t => judge(t, row))
    }
  }
})

t.test('settings and what is said about them', async t => {
  for (const row of cases) {
    if (row.kind !== 'config') continue
    const { config, code, codes, suggestion, normalised } = row.expect
    const { problems } = compilePolicies(settingsOf(row.policy))
    const severities = new Set(problems.map(({ severity }) => severity))
    const verdict = severities.has('error') ? 'reject' : severities.has('warning') ? 'warn' : 'ok'
    t.equal(verdict, config, `${row.id}: ${row.why}`)
    for (const wanted of codes ?? (code === null ? [] : [code])) {
      const found = problems.find(problem => problem.code === wanted)
      t.ok(found, `${row.id} is ${wanted}`)
      if (suggestion !== undefined) t.equal(found?.correction, suggestion)
      if (normalised !== undefined) t.equal(found?.normalised, normalised[0])
    }
  }
})

function judge(t: Test, { policy, request, upstream, expect }: HttpCase): void {
  const { policies, problems } = compilePolicies(settingsOf(policy))
  t.notOk(
    problems.some(({ severity }) => severity === 'error'),
    'the policy is accepted',
  )
  const asked = requestOf(request.method, request.path, request.headers)
  const decision = decide(policies, asked)
  const { status, headers } = answer(policies, asked, upstream)
  t.equal(status, expect.status, 'status')
  t.equal(decision.action === 'forward', expect.forwarded, 'forwarded')
  if (expect.reason !== undefined) t.equal(decision.reason, expect.reason, 'reason')
  const sent = new Map<string, string[]>()
  for (let i = 0; i < headers.length; i += 2) {
    const name = (headers[i] ?? '').toLowerCase()
    sent.set(name, [...(sent.get(name) ?? []), headers[i + 1] ?? ''])
  }
  for (const [name, value] of Object.entries(expect.headers ?? {})) {
    t.strictSame(comparable(name, sent.get(name)?.join(',')), comparable(name, value), name)
  }
  for (const name of expect.absent ?? []) t.notOk(sent.has(name), `no ${name}`)
  for (const name of expect.single ?? []) t.equal(sent.get(name)?.length, 1, `one ${name}`)
  const vary = listOf((sent.get('vary') ?? []).join(',').toLowerCase())
  for (const name of expect.vary ?? []) t.ok(vary.includes(name.toLowerCase()), `Vary: ${name}`)
  for (const name of expect.varyAbsent ?? []) t.notOk(vary.includes(name.toLowerCase()))
  const goesUp = upstreamOrigin(decision, policy.target ?? '')
  const seen = goesUp === undefined ? asked.origin : (goesUp ?? undefined)
  if (expect.upstreamSees?.origin !== undefined) t.equal(seen, expect.upstreamSees.origin)
  if (expect.upstreamSeesAbsent?.includes('origin')) t.equal(seen, undefined)
}

/** What the proxy does with a decision, without the proxy. */
function answer(
  policies: PolicySet,
  request: PolicyRequest,
  upstream: HttpCase['upstream'],
): { status: number; headers: readonly string[] } {
  const decision = decide(policies, request)
  if (decision.action === 'answer') return preflightAnswer(decision, request)
  if (decision.action === 'block') {
    return { status: 403, headers: ownReplyHeaders(decision, policies) }
  }
  if (upstream?.error === 'ECONNREFUSED') {
    return { status: 502, headers: ownReplyHeaders(decision, policies) }
  }
  const status = upstream?.status ?? 200
  const lines = flat(upstream?.headers ?? {})
  return { status, headers: rewriteResponseHeaders(decision, request, lines, status) }
}

function comparable(name: string, value: string | undefined): unknown {
  if (value === undefined) return undefined
  if (name === 'access-control-allow-methods') return listOf(value).sort()
  if (/allow-headers|expose-headers|vary/.test(name)) return listOf(value.toLowerCase()).sort()
  return value
}

function listOf(text: string): string[] {
  return text
    .split(',')
    .map(item => item.trim())
    .filter(item => item !== '')
}

function flat(fields: Fields): string[] {
  return Object.entries(fields).flatMap(([name, value]) =>
    [value].flat().flatMap(line => [name, line]),
  )
}

function requestOf(method: string, target: string, fields: Fields): PolicyRequest {
  const lines = new Map(Object.entries(fields).map(([name, value]) => [name.toLowerCase(), value]))
  const get = (name: string, separator = ', '): string | undefined => {
    const value = lines.get(name)
    return typeof value === 'string' ? value.trim() : value?.join(separator)
  }
  return {
    method,
    target,
    origin: get('origin'),
    requestMethod: get('access-control-request-method'),
    requestHeaders: get('access-control-request-headers', ','),
    requestPrivateNetwork: get('access-control-request-private-network'),
    secFetchSite: get('sec-fetch-site'),
    host: get('host'),
    scheme: get('x-forwarded-proto') === 'https' ? 'https' : 'http',
    isUpgrade: get('upgrade') === 'websocket',
    rawHeaders: flat(fields),
  }
}

function settingsOf(policy: CasePolicy): PolicySettings {
  const fallback =
    policy.missingOrigin === 'static' ? policy.origins?.join(',') : policy.originHeader
  const unsafeAllow: UnsafeAllow[] = []
  if (policy.dangerously?.allowNullOrigin) unsafeAllow.push('null-origin')
  if (policy.dangerously?.insecureOrigins) unsafeAllow.push('insecure-origins')
  return {
    ...shopSettings,
    ...overridesOf(policy),
    allowOrigins: policy.origins ?? [],
    allowCredentials: policy.credentials ?? false,
    maxAge: policy.maxAge ?? undefined,
    originFallback: fallback,
    onDisallowed:
      policy.onDisallowed === 'block' || policy.onDisallowed === 'public'
        ? policy.onDisallowed
        : 'omit',
    preflight: policy.preflight ?? 'answer',
    preflightStatus: policy.preflightStatus ?? 204,
    upstreamCors:
      policy.upstreamCors === 'merge-expose' || policy.upstreamCors === 'respect'
        ? policy.upstreamCors
        : 'replace',
    upstreamOrigin: policy.upstreamOrigin ?? 'pass',
    allowPrivateNetwork: policy.privateNetwork ?? false,
    timingAllowOrigin: policy.timing ?? false,
    isolate: 'off',
    preset: [],
    unsafeAllow,
    paths: (policy.paths ?? []).map(path => ({ match: path.match, ...overridesOf(path) })),
  }
}

function overridesOf(policy: CasePolicy): Partial<PolicySettings> {
  return {
    ...(policy.origins && { allowOrigins: policy.origins }),
    ...(policy.methods && { allowMethods: policy.methods }),
    ...(policy.headers && { allowHeaders: policy.headers }),
    ...(policy.expose && { exposeHeaders: policy.expose }),
    ...(policy.credentials !== undefined && { allowCredentials: policy.credentials }),
  }
}

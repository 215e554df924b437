// The case files of test/cases, typed as far as their runners read them.

import { readFileSync } from 'node:fs'

export function readCases<T>(name: string): readonly T[] {
  const file = new URL(`../../../test/cases/${name}`, import.meta.url)
  return JSON.parse(readFileSync(file, 'utf8')) as T[]
}

export interface CorsCase {
  readonly id: string
  readonly kind: 'http' | 'config'
  readonly category: string
  readonly policy: CasePolicy
  readonly request: CaseRequest
  readonly upstream: CaseUpstream | null
  readonly expect: CorsExpectation
  readonly why: string
}

/** Short names of the case files; `settingsOf` turns them into the program's option names. */
export interface CasePolicy {
  readonly origins: readonly string[]
  readonly methods?: readonly string[]
  readonly headers?: readonly string[]
  readonly expose?: readonly string[]
  readonly credentials?: boolean
  readonly maxAge?: number | null
  readonly onDisallowed?: 'forward' | 'block' | 'public'
  readonly preflight?: 'answer' | 'forward'
  readonly preflightStatus?: number
  readonly upstreamCors?: 'override' | 'merge-expose' | 'respect'
  readonly upstreamOrigin?: 'pass' | 'strip' | 'rewrite'
  readonly missingOrigin?: { readonly static: string }
  readonly originHeader?: string
  readonly timing?: boolean
  readonly privateNetwork?: boolean
  readonly dangerously?: Readonly<Record<string, boolean>>
  readonly paths?: readonly ({ readonly match: string } & Partial<CasePolicy>)[]
  /** The upstream; the runner puts its own in place of it. */
  readonly target?: string
}

export interface CaseRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly rawHeaderPadding?: Readonly<Record<string, string>>
  readonly body?: string
  readonly repeat?: number
}

export interface CaseUpstream {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly earlyHints?: Readonly<Record<string, string>>
  readonly error?: 'ECONNREFUSED' | 'TIMEOUT' | 'RESET_MIDBODY'
}

export interface CorsExpectation {
  readonly status: number
  readonly forwarded: boolean
  readonly headers: Readonly<Record<string, string>>
  readonly absent?: readonly string[]
  readonly single?: readonly string[]
  readonly vary?: readonly string[]
  readonly varyExact?: readonly string[]
  readonly varyAbsent?: readonly string[]
  readonly reason?: string
  readonly upstreamSees?: Readonly<Record<string, string>>
  readonly upstreamSeesAbsent?: readonly string[]
  readonly emptyBody?: boolean
  readonly bodyNotContains?: readonly string[]
  readonly aborted?: boolean
}

const dangers: Readonly<Record<string, string>> = {
  allowNullOrigin: 'null-origin',
  allowInsecureOrigins: 'insecure-origins',
  allowPublicSuffixWildcards: 'public-suffix-wildcards',
}

/**
 * A case's policy as a `--config` file. The cases leave credentials off and max-age unset where
 * they say nothing; the program's own defaults differ.
 */
export function settingsOf(policy: CasePolicy): Record<string, unknown> {
  const settings = overridesOf(policy)
  settings.allowCredentials = policy.credentials ?? false
  settings.maxAge = policy.maxAge ?? 'unset'
  if (policy.preflight) settings.preflight = policy.preflight
  if (policy.preflightStatus) settings.preflightStatus = policy.preflightStatus
  if (policy.dangerously) {
    settings.unsafeAllow = Object.keys(policy.dangerously).map(name => dangers[name] ?? name)
  }
  if (policy.paths) {
    settings.paths = policy.paths.map(path => ({ match: path.match, ...overridesOf(path) }))
  }
  return settings
}

function overridesOf(policy: Partial<CasePolicy>): Record<string, unknown> {
  const settings: Record<string, unknown> = {}
  const set = (name: string, value: unknown) => {
    if (value !== undefined) settings[name] = value
  }
  set('allowOrigins', policy.origins)
  set('allowMethods', policy.methods)
  set('allowHeaders', policy.headers)
  set('exposeHeaders', policy.expose)
  set('allowCredentials', policy.credentials)
  set('maxAge', policy.maxAge ?? undefined)
  set('originFallback', policy.originHeader ?? policy.missingOrigin?.static)
  set('onDisallowed', policy.onDisallowed === 'forward' ? 'omit' : policy.onDisallowed)
  set('upstreamCors', policy.upstreamCors === 'override' ? 'replace' : policy.upstreamCors)
  set('upstreamOrigin', policy.upstreamOrigin)
  set('timingAllowOrigin', policy.timing)
  set('allowPrivateNetwork', policy.privateNetwork)
  return settings
}

/** The bytes of a case's request, one field line per string. */
export function requestBytes(request: CaseRequest): string {
  const lines = [`${request.method} ${request.path} HTTP/1.1`]
  const names = Object.keys(request.headers).map(name => name.toLowerCase())
  if (!names.includes('host')) lines.push('Host: sidecar.test')
  lines.push(...fieldLines(request.headers, request.rawHeaderPadding))
  const hasLength = names.includes('content-length') || names.includes('transfer-encoding')
  const isBodied = ['POST', 'PUT', 'PATCH'].includes(request.method)
  const body = request.body ?? ''
  if (!hasLength && (isBodied || body !== '')) lines.push(`Content-Length: ${body.length}`)
  return `${lines.join('\r\n')}\r\n\r\n${body}`
}

export function fieldLines(
  headers: Readonly<Record<string, string | readonly string[]>>,
  padding: Readonly<Record<string, string>> = {},
): string[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().map(line => `${name}: ${padding[name] ?? ''}${line}${padding[name] ?? ''}`),
  )
}

// The policy that most tests vary, and requests to it.
import { compilePolicies } from '../../src/config/compile-policy.js'
import type { PolicyRequest } from '../../src/policy/decision.js'
import type { PolicySet, PolicySettings } from '../../src/policy/policy.js'

export const shop = 'https://shop.example.com'
export const evil = 'https://evil.example'

export const shopSettings: PolicySettings = {
  allowOrigins: [shop],
  allowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
  allowHeaders: ['content-type', 'authorization', 'x-requested-with'],
  exposeHeaders: [],
  allowCredentials: undefined,
  maxAge: 600,
  originFallback: undefined,
  onDisallowed: 'omit',
  preflight: 'answer',
  preflightStatus: 204,
  upstreamCors: 'replace',
  upstreamOrigin: 'pass',
  allowPrivateNetwork: false,
  timingAllowOrigin: false,
  isolate: 'off',
  preset: [],
  reportOnly: false,
  unsafeAllow: [],
  paths: [],
}

/** The shop's policy with some options changed; throws where they are refused. */
export function policy(changed: Partial<PolicySettings> = {}): PolicySet {
  const { policies, problems } = compilePolicies({ ...shopSettings, ...changed })
  const errors = problems.filter(({ severity }) => severity === 'error')
  if (errors.length > 0) throw new Error(JSON.stringify(errors))
  return policies
}

/** A GET from the shop's page, unless the row says otherwise. */
export function actual(changed: Partial<PolicyRequest> = {}): PolicyRequest {
  return {
    method: 'GET',
    target: '/v1/items',
    origin: shop,
    requestMethod: undefined,
    requestHeaders: undefined,
    requestPrivateNetwork: undefined,
    secFetchSite: undefined,
    host: 'api.example.com',
    scheme: 'https',
    isUpgrade: false,
    rawHeaders: [],
    ...changed,
  }
}

export function preflight(changed: Partial<PolicyRequest> = {}): PolicyRequest {
  return actual({ method: 'OPTIONS', requestMethod: 'PUT', ...changed })
}

export function upgrade(changed: Partial<PolicyRequest> = {}): PolicyRequest {
  return actual({ target: '/ws', isUpgrade: true, ...changed })
}

/** Flat name/value pairs as an object of lower-case names; a repeated name fails the test. */
export function fields(headers: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {}
  for (let i = 0; i < headers.length; i += 2) {
    const name = (headers[i] ?? '').toLowerCase()
    if (Object.hasOwn(found, name)) throw new Error(`${name} is sent twice`)
    found[name] = headers[i + 1] ?? ''
  }
  return found
}

import type { PolicySettings } from '../../src/policy/policy.js'

/** One origin, a narrower path, and nothing that needs explaining. */
export const shopSettings: PolicySettings = {
  allowOrigins: ['https://app.example.com'],
  allowMethods: ['GET', 'PUT', 'DELETE'],
  allowHeaders: ['content-type', 'x-requested-with'],
  exposeHeaders: [],
  allowCredentials: true,
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
  paths: [{ match: '/admin', allowOrigins: ['https://admin.example.com'] }],
}

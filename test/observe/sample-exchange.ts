import type { Exchange } from '../../src/observe/exchange.js'
import type { Decision } from '../../src/policy/decision.js'
import { compileNames } from '../../src/policy/name-list.js'
import { compileOrigins } from '../../src/policy/origin-matcher.js'
import { createPolicy } from '../../src/policy/policy.js'

export const samplePolicy = createPolicy({
  match: '',
  origins: compileOrigins([]),
  methods: { isAny: false, names: new Set(['GET']) },
  named: { headers: compileNames(['content-type']), exposeHeaders: compileNames([]) },
  everybody: { headers: compileNames(['content-type']), exposeHeaders: compileNames([]) },
  credentials: true,
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
  reportOnly: false,
})

/** An allowed actual request, unless the row says otherwise. */
export function sampleDecision(changed: Partial<Decision> = {}): Decision {
  return {
    kind: 'actual',
    verdict: 'allowed',
    reason: 'origin-exact',
    action: 'forward',
    policy: samplePolicy,
    origin: 'https://app.example.com',
    rule: 'https://app.example.com',
    subject: undefined,
    allowOrigin: 'https://app.example.com',
    credentials: true,
    parts: undefined,
    ...changed,
  }
}

export const refusedDecision = sampleDecision({
  verdict: 'refused',
  reason: 'origin-not-allowed',
  origin: 'https://evil.example',
  rule: undefined,
  subject: 'https://evil.example',
  allowOrigin: undefined,
  credentials: false,
})

/** A refusal that differs from what is allowed only in its port. */
export const nearlyAllowed = sampleDecision({
  ...refusedDecision,
  policy: createPolicy({
    ...samplePolicy,
    origins: compileOrigins([
      {
        text: 'http://localhost:3000',
        pattern: {
          kind: 'host',
          scheme: 'http',
          host: { kind: 'exact', host: 'localhost', hostKind: 'name' },
          port: 3000,
        },
      },
    ]),
  }),
  origin: 'http://localhost:5173',
  subject: 'http://localhost:5173',
})

export const noOriginDecision = sampleDecision({
  verdict: 'neutral',
  reason: 'no-origin',
  origin: undefined,
  rule: undefined,
  allowOrigin: undefined,
  credentials: false,
})

/** A GET that was answered 200, unless the row says otherwise. */
export function sampleExchange(changed: Partial<Exchange> = {}): Exchange {
  return {
    id: '7f3a',
    method: 'GET',
    target: '/api/things?page=2',
    client: '127.0.0.1',
    startedAt: Date.UTC(2026, 0, 2, 3, 4, 5),
    decision: sampleDecision(),
    status: 200,
    upstreamStatus: 200,
    failure: undefined,
    failureDetail: undefined,
    clientLeft: false,
    durationMs: 12.3456,
    queuedMs: 0,
    connectMs: 1,
    upstreamMs: 10.5,
    bytesIn: 0,
    bytesOut: 345,
    requestHeaders: ['Host', 'api.example.com', 'Origin', 'https://app.example.com'],
    upstreamHeaders: ['Content-Type', 'application/json'],
    sentHeaders: ['Content-Type', 'application/json', 'Vary', 'Origin'],
    ...changed,
  }
}

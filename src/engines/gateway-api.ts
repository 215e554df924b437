import type { Engine } from './engine.js'
import { pathExpression } from './paths.js'
import { type PlannedPolicy, policiesOf } from './plan.js'

/** https://gateway-api.sigs.k8s.io/reference/spec/#httpcorsfilter */
export const gatewayApi: Engine = {
  name: 'gateway-api',
  title: 'Gateway API',
  proof: 'checked',
  comment: '#',
  lacks: [
    'expose-all',
    'merge-expose',
    'respect-upstream',
    'upstream-origin',
    'origin-fallback',
    'report-only',
    'isolation',
    'name-prefixes',
    'plain-origins',
    'text-prefixes',
    'max-age',
    'blocked-origins',
    'public-fallback',
    'forwarded-preflights',
    'private-network',
    'timing',
    'upgrades',
  ],
  write: plan =>
    [
      '# Put filters and matches into your own HTTPRoute: parentRefs and backendRefs are yours.',
      'apiVersion: gateway.networking.k8s.io/v1',
      'kind: HTTPRoute',
      'metadata:',
      '  name: cors',
      'spec:',
      '  rules:',
      ...policiesOf(plan).flatMap(ruleLines),
      '',
    ].join('\n'),
}

function ruleLines(policy: PlannedPolicy): string[] {
  const { match } = policy
  const path = match.endsWith('/') ? match.slice(0, -1) || '/' : match
  const isText = match !== '' && !match.endsWith('/')
  const [type, value] = isText
    ? ['RegularExpression', `${pathExpression(path)}.*`]
    : ['PathPrefix', path || '/']
  const origins = originsOf(policy)
  return [
    '    - matches:',
    '        - path:',
    `            type: ${type}`,
    `            value: ${quoted(value)}`,
    ...(origins.length === 0 ? [] : filterLines(policy, origins)),
  ]
}

function filterLines(policy: PlannedPolicy, origins: readonly string[]): string[] {
  const { credentials, methods, headers, namesAuthorization, expose, maxAge } = policy
  const names = headers === '*' ? ['*', ...(namesAuthorization ? ['authorization'] : [])] : headers
  return [
    '      filters:',
    '        - type: CORS',
    '          cors:',
    ...list('allowOrigins', origins),
    ...(credentials ? ['            allowCredentials: true'] : []),
    ...list('allowMethods', [...methods]),
    ...list('allowHeaders', names),
    ...list('exposeHeaders', [...expose]),
    // Without it, browsers are told five seconds.
    `            maxAge: ${maxAge ?? 5}`,
  ]
}

const originsOf = ({ origins }: PlannedPolicy): readonly string[] =>
  origins.any ? ['*'] : origins.plain

const list = (name: string, items: readonly string[]): string[] =>
  items.length === 0
    ? []
    : [`            ${name}:`, ...items.map(item => `              - ${quoted(item)}`)]

/** In single quotes, YAML doubles their end and takes all else as it is. */
const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`

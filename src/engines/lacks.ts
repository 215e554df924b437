// Everything that some engine can't say, once: what it means for a person, when a policy is concerned,
// and on which exchanges it shows. Tests hold each engine's real answers against that.

import { decide } from '../policy/decide.js'
import { isWorthExposing } from '../policy/expose-headers.js'
import { authorization, beginsAsListed, type NameList } from '../policy/name-list.js'
import type { Policy, PolicySet } from '../policy/policy.js'
import { listsName } from '../terms/field-names.js'
import { fieldValue } from '../terms/fields.js'
import { type Exchange, hasNames, isGranted, isReadable, namesIn } from './exchange.js'
import { plainOrigin, sayOrigins } from './origin-expressions.js'
import { isStrangePath } from './paths.js'
import { listsOf } from './plan.js'

export type Effect = 'stricter' | 'looser' | 'missing'

export interface Lack {
  readonly setting: string
  readonly effect: Effect
  /** A sentence about an engine that is called `it`. */
  readonly what: string
  readonly concerns: (policy: Policy, policies: PolicySet) => boolean
  readonly shows: (exchange: Exchange) => boolean
}

export const lacks = {
  'expose-all': {
    setting: 'exposeHeaders',
    effect: 'stricter',
    what: 'With credentials a browser takes * for a name, and it can’t list the fields of a response: none is exposed. Name those that pages read.',
    concerns: policy => listsOf(policy).exposeHeaders.isAny && policy.credentials,
    shows: exchange =>
      isReadable(exchange) &&
      exchange.decision.policy.named.exposeHeaders.isAny &&
      exchange.decision.credentials &&
      hasNames(exchange.upstream, isWorthExposing),
  },
  'merge-expose': {
    setting: 'upstreamCors',
    effect: 'stricter',
    what: 'merge-expose: only the names of exposeHeaders are exposed, not those of the upstream.',
    concerns: policy => policy.upstreamCors === 'merge-expose',
    shows: ({ decision, upstream, ...exchange }) =>
      isReadable({ decision, upstream, ...exchange }) &&
      decision.policy.upstreamCors === 'merge-expose' &&
      hasNames(upstream, name =>
        listsName(fieldValue(upstream, 'access-control-expose-headers') ?? '', name),
      ),
  },
  'respect-upstream': {
    setting: 'upstreamCors',
    effect: 'missing',
    what: 'respect: the upstream’s own CORS fields are always replaced.',
    concerns: policy => policy.upstreamCors === 'respect',
    shows: ({ decision, upstream }) =>
      decision.policy.upstreamCors === 'respect' &&
      hasNames(upstream, name => name === 'access-control-allow-origin'),
  },
  'upstream-fields': {
    setting: 'upstreamCors',
    effect: 'missing',
    what: 'CORS fields that the application writes itself are not taken out: take them out there.',
    concerns: policy => policy.upstreamCors !== 'respect',
    shows: exchange =>
      (exchange.decision.policy.upstreamCors !== 'respect' &&
        hasNames(exchange.upstream, name => name === 'access-control-allow-origin')) ||
      (isReadable(exchange) &&
        hasNames(exchange.upstream, name => name === 'access-control-allow-credentials')),
  },
  'refused-upstream-fields': {
    setting: 'upstreamCors',
    effect: 'missing',
    what: 'CORS fields that the application writes for origins that are refused are not taken out: take them out there.',
    concerns: () => true,
    shows: exchange =>
      isReadable(exchange)
        ? !exchange.decision.credentials &&
          fieldValue(exchange.upstream, 'access-control-allow-credentials') === 'true'
        : exchange.decision.kind === 'actual' &&
          hasNames(exchange.upstream, name => name === 'access-control-allow-origin'),
  },
  'upstream-origin': {
    setting: 'upstreamOrigin',
    effect: 'missing',
    what: 'The upstream gets the Origin of the page, neither rewritten nor without it.',
    concerns: policy => policy.upstreamOrigin !== 'pass',
    shows: ({ decision }) =>
      decision.verdict === 'allowed' &&
      decision.action === 'forward' &&
      decision.reason !== 'public-fallback' &&
      decision.policy.upstreamOrigin !== 'pass',
  },
  'origin-fallback': {
    setting: 'originFallback',
    effect: 'stricter',
    what: 'A request without Origin gets no CORS fields, whatever another field says.',
    concerns: policy => policy.originFallback !== undefined,
    shows: ({ decision }) => decision.reason === 'origin-fallback',
  },
  isolation: {
    setting: 'isolate',
    effect: 'looser',
    what: 'Requests that other sites cause reach the application: nothing looks at Sec-Fetch-Site.',
    concerns: ({ isolate }) => isolate === 'api' || isolate === 'resources',
    shows: ({ decision }) => decision.reason === 'cross-site',
  },
  'report-only': {
    setting: 'reportOnly',
    effect: 'missing',
    what: 'The policy is applied, not only reported.',
    concerns: policy => policy.reportOnly,
    shows: ({ decision }) => decision.policy.reportOnly,
  },
  expressions: {
    setting: 'allowOrigins',
    effect: 'stricter',
    what: 'Expressions that engines read in different ways are left out.',
    concerns: policy => sayOrigins(policy.origins.entries).left.length > 0,
    shows: ({ decision }) =>
      decision.reason === 'origin-regex' &&
      sayOrigins(decision.policy.origins.entries).left.includes(decision.rule ?? ''),
  },
  'plain-origins': {
    setting: 'allowOrigins',
    effect: 'stricter',
    what: 'Only http and https origins are said, exact or with *. for subdomains: other forms are left out.',
    concerns: ({ origins }) =>
      origins.entries.some(
        ({ pattern }) => pattern.kind !== 'any' && plainOrigin(pattern) === undefined,
      ),
    shows: ({ decision }) => {
      const entry = decision.policy.origins.entries.find(({ text }) => text === decision.rule)
      return (
        entry !== undefined &&
        entry.pattern.kind !== 'any' &&
        plainOrigin(entry.pattern) === undefined
      )
    },
  },
  'strange-paths': {
    setting: 'paths',
    effect: 'stricter',
    what: 'A path that servers may read in several ways (with escaped letters or slashes, ;, \\, // or /.) lets nobody in.',
    concerns: (_, { paths }) => paths.length > 0,
    shows: ({ request, decision, policies }) =>
      policies.paths.length > 0 &&
      isStrangePath(
        request.target,
        policies.paths.map(({ match }) => match),
      ) &&
      decision.allowOrigin !== undefined,
  },
  'unescaped-paths': {
    setting: 'paths',
    effect: 'stricter',
    what: 'Below a path prefix with a character that URLs escape (a quote, a brace, a bar …) nobody is let in.',
    concerns: (_, { paths }) => paths.some(({ match }) => unescaped.test(match)),
    shows: ({ decision, policies }) =>
      policies.paths.length > 0 &&
      unescaped.test(decision.policy.match) &&
      decision.allowOrigin !== undefined,
  },
  'text-prefixes': {
    setting: 'paths',
    effect: 'missing',
    what: 'A prefix that ends within an element is said as a regular expression, which not every gateway takes.',
    concerns: (_, { paths }) => paths.some(({ match }) => !match.endsWith('/')),
    shows: ({ decision, policies }) =>
      policies.paths.some(({ match }) => !match.endsWith('/')) &&
      decision.allowOrigin !== undefined,
  },
  'max-age': {
    setting: 'maxAge',
    effect: 'missing',
    what: 'unset: browsers are told to remember preflights for a few seconds, not nothing.',
    concerns: policy => policy.maxAge === undefined,
    shows: ({ decision }) =>
      decision.kind === 'preflight' &&
      decision.verdict === 'allowed' &&
      decision.policy.maxAge === undefined,
  },
  paths: {
    setting: 'paths',
    effect: 'looser',
    what: 'Policies for paths are not said: the policy of all other paths holds everywhere.',
    concerns: (_, { paths }) => paths.length > 0,
    shows: ({ decision, policies, request }) => {
      const everywhere = decide({ ...policies, paths: [] }, request)
      return (
        everywhere.allowOrigin !== decision.allowOrigin ||
        everywhere.credentials !== decision.credentials ||
        everywhere.action !== decision.action
      )
    },
  },
  'covers-authorization': {
    setting: 'allowHeaders',
    effect: 'looser',
    what: '* covers authorization, too.',
    concerns: policy => {
      const { headers } = listsOf(policy)
      return headers.isAny && !policy.credentials && !headers.names.includes(authorization)
    },
    shows: ({ decision }) => decision.reason === 'header-authorization-not-covered-by-wildcard',
  },
  'any-header': {
    setting: 'allowHeaders',
    effect: 'stricter',
    what: 'With credentials a browser takes * for a name, and the names that it asks for are not sent back: none is allowed. Name those that pages send.',
    concerns: policy => listsOf(policy).headers.isAny && policy.credentials,
    shows: ({ decision, request }) =>
      isGranted(decision) &&
      decision.credentials &&
      listsOf(decision.policy).headers.isAny &&
      namesIn(request.requestHeaders).some(name => name !== ''),
  },
  'empty-names': {
    setting: 'allowHeaders',
    effect: 'stricter',
    what: 'A list of header names with an empty entry, which no browser sends, is refused.',
    concerns: () => true,
    shows: ({ decision, request }) =>
      isGranted(decision) && namesIn(request.requestHeaders).includes(''),
  },
  vary: {
    setting: 'allowOrigins',
    effect: 'missing',
    what: 'Answers to other origins, or to none, have no Vary: a shared cache may hand them to a page.',
    concerns: policy => !policy.origins.any,
    shows: ({ decision, upstream }) =>
      decision.kind === 'actual' &&
      decision.action === 'forward' &&
      decision.allowOrigin === undefined &&
      !listsName(fieldValue(upstream, 'vary') ?? '', 'origin'),
  },
  'all-options': {
    setting: 'preflight',
    effect: 'missing',
    what: 'Every OPTIONS request is answered, preflight or not: none reaches the application.',
    concerns: () => true,
    shows: ({ decision, request }) => request.method === 'OPTIONS' && decision.kind === 'actual',
  },
  'options-for-nothing': {
    setting: 'preflight',
    effect: 'missing',
    what: 'OPTIONS with an empty Access-Control-Request-Method is answered, too.',
    concerns: () => true,
    shows: ({ request }) => request.method === 'OPTIONS' && request.requestMethod === '',
  },
  'options-without-origin': {
    setting: 'preflight',
    effect: 'missing',
    what: 'OPTIONS with Access-Control-Request-Method is answered without an Origin, too.',
    concerns: () => true,
    shows: ({ request }) =>
      request.method === 'OPTIONS' &&
      request.requestMethod !== undefined &&
      request.origin === undefined,
  },
  'own-errors': {
    setting: 'allowOrigins',
    effect: 'stricter',
    what: 'Errors of its own, such as 502, have no CORS fields: a page sees a network error.',
    concerns: () => true,
    shows: ({ decision, upstreamFails }) => upstreamFails && decision.verdict !== 'refused',
  },
  upgrades: {
    setting: 'allowOrigins',
    effect: 'missing',
    what: 'WebSocket handshakes of other origins are not refused: check Origin where they are accepted.',
    concerns: policy => !policy.origins.any,
    shows: ({ decision }) => decision.kind === 'upgrade' && decision.verdict === 'refused',
  },
  'blocked-origins': {
    setting: 'onDisallowed',
    effect: 'missing',
    what: 'block: requests of other origins reach the application; their pages can’t read the answer.',
    concerns: policy => policy.onDisallowed === 'block',
    shows: ({ decision }) => decision.kind === 'actual' && decision.action === 'block',
  },
  'public-fallback': {
    setting: 'onDisallowed',
    effect: 'stricter',
    what: 'public: other origins get no CORS fields.',
    concerns: policy => policy.onDisallowed === 'public',
    shows: ({ decision }) => decision.reason === 'public-fallback',
  },
  'forwarded-preflights': {
    setting: 'preflight',
    effect: 'missing',
    what: 'Preflights are answered, never forwarded.',
    concerns: policy => policy.preflight === 'forward',
    shows: ({ decision }) => decision.kind === 'preflight' && decision.action === 'forward',
  },
  'private-network': {
    setting: 'allowPrivateNetwork',
    effect: 'missing',
    what: 'Private-network preflights of older browsers are not answered.',
    concerns: policy => policy.allowPrivateNetwork,
    shows: ({ decision, request }) =>
      isGranted(decision) &&
      decision.policy.allowPrivateNetwork &&
      request.requestPrivateNetwork === 'true',
  },
  timing: {
    setting: 'timingAllowOrigin',
    effect: 'stricter',
    what: 'No Timing-Allow-Origin is sent.',
    concerns: policy => policy.timingAllowOrigin,
    shows: exchange => isReadable(exchange) && exchange.decision.policy.timingAllowOrigin,
  },
  'name-prefixes': {
    setting: 'allowHeaders',
    effect: 'stricter',
    what: 'Beginnings of names, such as x-amz-*, are left out: name the headers.',
    concerns: policy => {
      const { headers, exposeHeaders } = listsOf(policy)
      return headers.prefixes.length > 0 || exposeHeaders.prefixes.length > 0
    },
    shows: exchange => {
      const { decision, request, upstream } = exchange
      const { headers, exposeHeaders } = listsOf(decision.policy)
      const isByPrefix = (list: NameList, name: string) =>
        !list.isAny && beginsAsListed(list, name, 0, name.length) && !list.names.includes(name)
      return isGranted(decision)
        ? namesIn(request.requestHeaders).some(name => isByPrefix(headers, name))
        : isReadable(exchange) && hasNames(upstream, name => isByPrefix(exposeHeaders, name))
    },
  },
} satisfies Readonly<Record<string, Lack>>

export type LackName = keyof typeof lacks

const unescaped = /["<>^`{|}]/u

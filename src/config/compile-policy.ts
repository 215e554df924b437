// From the policy group of the settings to compiled policies, with every problem found on the way.

import { isWorthExposing } from '../policy/expose-headers.js'
import { forbiddenMethods } from '../policy/header-names.js'
import { authorization, compileNames, isPrefix } from '../policy/name-list.js'
import { compileOrigins, type OriginMatcher } from '../policy/origin-matcher.js'
import {
  createPolicy,
  createPolicySet,
  headersForEverybody,
  type PathPolicySettings,
  type Policy,
  type PolicySet,
  type PolicySettings,
} from '../policy/policy.js'
import type { HeaderLists } from '../policy/policy-rules.js'
import { blocksStrangers, withPresets } from '../policy/presets.js'
import { servedMethods } from '../terms/methods.js'
import { checkFallback } from './check-fallback.js'
import { checkExposedHeader, checkMethod, checkRequestHeader } from './check-names.js'
import { checkOrigins, nobody } from './check-origins.js'
import { checkPathMatch, normaliseMatch } from './check-paths.js'
import type { ItemFinding, PolicyFinding } from './option-finding.js'

export type { PolicyFinding } from './option-finding.js'

/**
 * Compiles the global policy and its path policies and lists every problem at once. With an error
 * among them the policies are incomplete and must not be used.
 */
export function compilePolicies(settings: PolicySettings): {
  readonly policies: PolicySet
  readonly problems: readonly PolicyFinding[]
} {
  const problems: PolicyFinding[] = []
  const global = compilePolicy(settings, settings, '', problem => problems.push(problem))
  if (isForNobody(settings)) problems.push(missingOrigins)
  const known = new Set(problems.map(identity))
  const paths = settings.paths.map((own, position) => {
    const { match, ...overrides } = own
    const report = (problem: PolicyFinding): void => {
      // A path inherits, and what it inherits has been reported once.
      if (!known.has(identity(problem))) problems.push({ ...problem, path: match })
    }
    const wrong = checkPathMatch(match, settings.paths.slice(0, position))
    if (wrong !== undefined) {
      problems.push({ ...wrong, option: 'paths', item: match, index: position + 1 })
    }
    if (overrides.allowOrigins?.length === 0) {
      problems.push({ ...missingOrigins, severity: 'error', path: match })
    }
    return compilePolicy({ ...settings, ...overrides }, own, normaliseMatch(match), report)
  })
  return { policies: createPolicySet(global, paths), problems }
}

/** Safe, but hardly ever meant. Whether somebody wrote it, only the sources of the settings know. */
function isForNobody({ allowOrigins, onDisallowed, paths }: PolicySettings): boolean {
  const isPathOpen = paths.some(path => path.allowOrigins !== undefined)
  return allowOrigins.length === 0 && onDisallowed !== 'public' && !isPathOpen
}

type Report = (problem: PolicyFinding) => void

/** `own` tells what this policy says itself from what it inherits. */
function compilePolicy(
  settings: PolicySettings,
  own: PolicySettings | PathPolicySettings,
  match: string,
  report: Report,
): Policy {
  const { entries, problems } = checkOrigins(settings)
  for (const { index, problem } of problems) {
    report({
      ...problem,
      option: 'allowOrigins',
      item: settings.allowOrigins[index] ?? '',
      index: index + 1,
    })
  }
  const origins = compileOrigins(entries)
  // `*` with credentials is an error; should it ever be used all the same, nobody gets cookies.
  const credentials = settings.allowCredentials !== false && !origins.any
  checkList(settings, 'allowMethods', checkMethod, report)
  checkList(settings, 'allowHeaders', checkRequestHeader, report)
  checkList(settings, 'exposeHeaders', checkExposedHeader, report)
  checkNumbers(settings, report)
  checkTogether(settings, credentials, origins, report)
  return createPolicy({
    match,
    origins,
    hosts: settings.allowHosts,
    methods: compileMethods(settings.allowMethods),
    named: compileLists(settings, anyHeader, ['*']),
    everybody: compileLists(settings, headersForEverybody, []),
    credentials,
    maxAge: settings.maxAge,
    originFallback: compileFallback(settings, own, origins, report),
    onDisallowed: compileOnDisallowed(settings),
    preflight: settings.preflight,
    preflightStatus: settings.preflightStatus,
    upstreamCors: settings.upstreamCors,
    upstreamOrigin: settings.upstreamOrigin,
    allowPrivateNetwork: settings.allowPrivateNetwork,
    timingAllowOrigin: settings.timingAllowOrigin,
    isolate: settings.isolate,
    reportOnly: settings.reportOnly,
  })
}

function compileOnDisallowed({
  allowOrigins,
  onDisallowed,
  preset,
}: PolicySettings): Policy['onDisallowed'] {
  if (onDisallowed === 'omit' && blocksStrangers(preset)) return 'block'
  // What lets nobody in does not let everybody in by another option, inherited perhaps.
  return onDisallowed === 'public' && allowOrigins.includes(nobody) ? 'omit' : onDisallowed
}

function compileMethods(methods: readonly string[]): Policy['methods'] {
  const isAny = methods.includes('*')
  const served = [...servedMethods].filter(method => !forbiddenMethods.has(method))
  return {
    isAny,
    names: new Set(isAny ? served : methods),
  }
}

/** With what stands where the settings say nothing. */
function compileLists(
  { allowHeaders, exposeHeaders, preset }: PolicySettings,
  headers: readonly string[],
  exposed: readonly string[],
): HeaderLists {
  const sendable = withPresets(allowHeaders ?? headers, preset, 'allowHeaders')
  const readable = withPresets(exposeHeaders ?? exposed, preset, 'exposeHeaders')
  return {
    headers: compileNames(sendable),
    exposeHeaders: compileNames(readable.filter(name => isWorthExposing(name.toLowerCase()))),
  }
}

/** An origin that is trusted by name is trusted with its headers, tokens among them. */
const anyHeader: readonly string[] = ['*', 'authorization']

/** A fixed origin that a path only inherits and does not allow is simply not used there. */
function compileFallback(
  settings: PolicySettings,
  own: PolicySettings | PathPolicySettings,
  origins: OriginMatcher,
  report: Report,
): Policy['originFallback'] {
  const item = settings.originFallback
  if (item === undefined) return undefined
  const { fallback, problem } = checkFallback(item, origins)
  if (problem !== undefined && own.originFallback !== undefined) {
    report({ ...problem, option: 'originFallback', item })
  }
  return fallback
}

function checkList(
  settings: PolicySettings,
  option: 'allowMethods' | 'allowHeaders' | 'exposeHeaders',
  check: (item: string) => ItemFinding | undefined,
  report: Report,
): void {
  settings[option]?.forEach((item, index) => {
    const problem = check(item)
    if (problem !== undefined) report({ ...problem, option, item, index: index + 1 })
  })
}

function checkNumbers(settings: PolicySettings, report: Report): void {
  const { maxAge, preflightStatus } = settings
  if (maxAge !== undefined) {
    const range = maxAgeProblem(maxAge)
    if (range !== undefined) report({ ...range, option: 'maxAge', item: String(maxAge) })
  }
  if (preflightStatus !== 200 && preflightStatus !== 204) {
    report({
      severity: 'error',
      code: 'preflight-status-range',
      option: 'preflightStatus',
      item: String(preflightStatus),
      reason: 'is not 200 or 204, the only statuses that every browser accepts',
      correction: '204',
    })
  }
}

function maxAgeProblem(maxAge: number): ItemFinding | undefined {
  const code = 'max-age-range'
  if (maxAge > longestMaxAge) {
    const reason = 'is longer than 24 hours, the longest that any browser caches'
    return { severity: 'error', code, reason, correction: '24h' }
  }
  if (maxAge < 0) {
    const reason = 'is negative: 0 stops browsers from caching, unset sends no header'
    return { severity: 'error', code, reason, correction: 'unset' }
  }
  if (!Number.isInteger(maxAge)) {
    const reason = 'is not a whole number of seconds, the unit that browsers are told'
    return { severity: 'error', code, reason, correction: String(Math.ceil(maxAge)) }
  }
  if (maxAge <= chromiumMaxAge) return undefined
  const reason = 'is legal, but Chromium caches for at most 2 hours and Safari for 10 minutes'
  return { severity: 'info', code, reason }
}

function checkTogether(
  settings: PolicySettings,
  credentials: boolean,
  origins: OriginMatcher,
  report: Report,
): void {
  const { allowHeaders, exposeHeaders = [] } = settings
  const headers = (allowHeaders ?? []).map(name => name.toLowerCase())
  const listsAuthorization = headers.includes('authorization')
  if (headers.includes('*') && !credentials && !listsAuthorization) {
    report({
      severity: 'warning',
      code: 'wildcard-excludes-authorization',
      option: 'allowHeaders',
      item: '*',
      index: headers.indexOf('*') + 1,
      reason: 'covers every header but authorization, which must be listed as well',
      correction: '*,authorization',
    })
  }
  for (const [at, item] of headers.entries()) {
    if (listsAuthorization || !isPrefix(item) || !authorization.startsWith(item.slice(0, -1)))
      continue
    report({
      severity: 'warning',
      code: 'wildcard-excludes-authorization',
      option: 'allowHeaders',
      item,
      index: at + 1,
      reason: 'covers every header that begins like this but authorization, which must be named',
      correction: `${item},authorization`,
    })
  }
  if (origins.any && exposeHeaders.includes('*') && listsAuthorization) {
    report({
      severity: 'warning',
      code: 'expose-all-to-everyone',
      option: 'exposeHeaders',
      related: 'allowOrigins',
      item: '*',
      index: exposeHeaders.indexOf('*') + 1,
      reason: 'shows every response header to every site, including any that carries a token',
    })
  }
  if (settings.allowPrivateNetwork) {
    report({
      severity: 'warning',
      code: 'private-network-legacy',
      option: 'allowPrivateNetwork',
      reason:
        'answers a question that browsers no longer ask: they now ask the visitor for permission',
    })
  }
}

function identity({ option, code, item, reason }: PolicyFinding): string {
  return JSON.stringify([option, code, item, reason])
}

const missingOrigins: PolicyFinding = {
  severity: 'warning',
  code: 'origin-missing',
  option: 'allowOrigins',
  reason: 'is empty, so every page on another origin is refused',
}

const longestMaxAge = 86_400
const chromiumMaxAge = 7200

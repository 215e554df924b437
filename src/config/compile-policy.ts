// From the policy group of the settings to compiled policies, with every problem found on the way.

import { isWorthExposing } from '../policy/expose-headers.js'
import { compileOrigins, type OriginEntry } from '../policy/origin-matcher.js'
import { isPatternProblem, parseOriginPattern } from '../policy/origin-pattern.js'
import {
  createPolicy,
  createPolicySet,
  type Policy,
  type PolicySet,
  type PolicySettings,
} from '../policy/policy.js'

export interface PolicyProblem {
  readonly severity: 'error' | 'warning' | 'info'
  readonly code: string
  readonly option: keyof PolicySettings
  /** The `match` of the path policy it was found in. */
  readonly path?: string
  readonly item?: string
  /** Position in the list, counted from 1. */
  readonly index?: number
  readonly reason: string
  /** The text to write instead. */
  readonly correction?: string
  /** What a harmless variant was read as. */
  readonly normalised?: string
}

export function compilePolicies(settings: PolicySettings): {
  readonly policies: PolicySet
  readonly problems: readonly PolicyProblem[]
} {
  const problems: PolicyProblem[] = []
  const compile = (rules: PolicySettings, match: string): Policy => {
    const entries: OriginEntry[] = []
    rules.allowOrigins.forEach((item, position) => {
      const read = parseOriginPattern(item)
      if (!isPatternProblem(read)) {
        entries.push({ text: item, pattern: read.pattern })
        return
      }
      problems.push({
        severity: 'error',
        code: read.code,
        option: 'allowOrigins',
        ...(match === '' ? {} : { path: match }),
        item,
        index: position + 1,
        reason: read.message,
        ...(read.suggestion === undefined ? {} : { correction: read.suggestion }),
      })
    })
    const origins = compileOrigins(entries)
    const headers = rules.allowHeaders.map(name => name.toLowerCase())
    const expose = rules.exposeHeaders.map(name => name.toLowerCase())
    return createPolicy({
      match,
      origins,
      methods: rules.allowMethods.includes('*') ? '*' : new Set(rules.allowMethods),
      headers: headers.includes('*') ? '*' : new Set(headers),
      listsAuthorization: headers.includes('authorization'),
      exposeHeaders: expose.includes('*') ? '*' : expose.filter(isWorthExposing).sort(),
      credentials: rules.allowCredentials ?? !origins.any,
      maxAge: rules.maxAge,
      originFallback: readFallback(rules.originFallback),
      onDisallowed: rules.onDisallowed,
      preflight: rules.preflight,
      preflightStatus: rules.preflightStatus,
      upstreamCors: rules.upstreamCors,
      upstreamOrigin: rules.upstreamOrigin,
      allowPrivateNetwork: rules.allowPrivateNetwork,
      timingAllowOrigin: rules.timingAllowOrigin,
      reportOnly: rules.reportOnly,
    })
  }
  const paths = settings.paths.map(({ match, ...overrides }) =>
    compile({ ...settings, ...overrides }, match),
  )
  return { policies: createPolicySet(compile(settings, ''), paths), problems }
}

function readFallback(text: string | undefined): Policy['originFallback'] {
  if (text === undefined) return undefined
  return text.includes('://') ? { origin: text } : { header: text.toLowerCase() }
}

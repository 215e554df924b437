// What an allow-list may not say, alone or together with credentials.

import type { OriginEntry } from '../policy/origin-matcher.js'
import { isFinding, type OriginPattern, parseOriginPattern } from '../policy/origin-pattern.js'
import type { PolicySettings, UnsafeAllow } from '../policy/policy.js'
import { error } from '../terms/finding.js'
import { isLoopbackHost } from '../terms/loopback.js'
import { isPrivateHost } from './address-types.js'
import { checkRegex } from './check-regex.js'
import { portForHost } from './local-address.js'
import type { ItemFinding } from './option-finding.js'
import { publicSuffixOf } from './public-suffix.js'
import { betweenSlashes, isPlaceholder, looksLikeExpression } from './regex/bare-expression.js'

/** The list that lets nobody in, on purpose: for a path that must not inherit. */
export const nobody = 'none'

export interface CheckedOrigins {
  readonly entries: readonly OriginEntry[]
  readonly problems: readonly { readonly index: number; readonly problem: ItemFinding }[]
}

/** Reads the allow-list and reports every problem of every entry. */
export function checkOrigins(settings: PolicySettings): CheckedOrigins {
  const entries: OriginEntry[] = []
  const problems: { index: number; problem: ItemFinding }[] = []
  const isPublic = settings.allowOrigins.includes('*')
  // Unset means true for every list but `*`, so a list is judged as it will be used.
  const credentials = settings.allowCredentials ?? !isPublic
  settings.allowOrigins.forEach((text, index) => {
    const report = (problem: ItemFinding): void => {
      problems.push({ index, problem })
    }
    if (text === nobody) {
      if (settings.allowOrigins.length > 1) report(nobodyNotAlone)
      return
    }
    const read = parseOriginPattern(text)
    if (isFinding(read)) {
      report(likelyMeant(text) ?? read)
      return
    }
    const { pattern, normalised } = read
    if (normalised !== undefined) report(wasNormalised(normalised))
    const found = checkPattern(pattern, credentials, settings.unsafeAllow)
    for (const problem of found) report(problem)
    if (pattern.kind === 'regex' && found.some(isFatalForRegex)) return
    entries.push({ text, pattern })
  })
  if (isPublic && settings.allowOrigins.length > 1) {
    problems.push({ index: settings.allowOrigins.indexOf('*'), problem: notAlone })
  }
  return { entries, problems }
}

/** What an entry that is no origin was most likely meant to be, where that is clear. */
function likelyMeant(text: string): ItemFinding | undefined {
  if (isPlaceholder(text)) {
    return error('value-invalid', 'holds a placeholder that was never filled in')
  }
  const several = text.split(/\s*[;|]\s*/u)
  if (several.length > 1 && several.every(one => !isFinding(parseOriginPattern(one)))) {
    const advice = `Write ${several.join(' and ')} as separate entries.`
    return error('origin-not-one', 'holds several origins', { advice })
  }
  const local = portForHost(text)
  if (local !== undefined) {
    return text.includes('://:')
      ? error('origin-empty-host', 'has no host', { correction: local })
      : error('origin-noncanonical-ip', 'has a number as its host', { correction: local })
  }
  if (!looksLikeExpression(text)) return undefined
  const [first] = checkRegex(text).problems
  if (first?.code === 'value-invalid') return undefined
  const reason = 'is a regular expression, which is written between slashes'
  // An expression is compared with the whole origin, and one for hosts alone matches none.
  const source =
    first?.code === 'regex-unanchored' ? `https://(?:${text.replace(/^\^|\$$/gu, '')})` : text
  const refusal = checkRegex(source).problems.find(({ severity }) => severity === 'error')
  return refusal === undefined
    ? error('value-invalid', reason, { correction: betweenSlashes(source) })
    : error('value-invalid', `${reason}; it also ${refusal.reason.replace(/^also /u, '')}`)
}

/** Such an expression is not compiled, so that a check of a bad list ends soon. */
function isFatalForRegex({ code }: ItemFinding): boolean {
  return code === 'value-invalid' || code === 'regex-unsafe'
}

function checkPattern(
  pattern: OriginPattern,
  credentials: boolean,
  unsafeAllow: readonly UnsafeAllow[],
): ItemFinding[] {
  switch (pattern.kind) {
    case 'any':
      return [credentials ? starWithCredentials : starIsPublic]
    case 'null':
      return checkNull(credentials, unsafeAllow)
    case 'loopback':
      return []
    case 'regex': {
      const { problems, shared, insecure } = checkRegex(pattern.source)
      if (!credentials || problems.some(({ severity }) => severity === 'error'))
        return [...problems]
      return [
        ...problems,
        ...(insecure === undefined
          ? []
          : [{ ...insecureOrigin(unsafeAllow, insecure), advice: waysOut }]),
        ...(shared === undefined ? [] : [sharedSuffix(unsafeAllow, shared.suffix, shared.origin)]),
      ]
    }
    case 'host':
      return credentials ? checkHostWithCredentials(pattern, unsafeAllow) : []
  }
}

function checkNull(credentials: boolean, unsafeAllow: readonly UnsafeAllow[]): ItemFinding[] {
  const problems: ItemFinding[] = [
    {
      ...dangerous(unsafeAllow, 'null-origin'),
      code: 'origin-null',
      reason:
        'is what every sandboxed frame and file: page sends, so it allows any site; unsafeAllow null-origin accepts that',
    },
  ]
  if (credentials) {
    problems.push({
      severity: 'error',
      code: 'null-with-credentials',
      related: 'allowCredentials',
      reason: 'would let any site read with the visitor’s cookies: set allowCredentials to false',
    })
  }
  return problems
}

function checkHostWithCredentials(
  pattern: Extract<OriginPattern, { kind: 'host' }>,
  unsafeAllow: readonly UnsafeAllow[],
): ItemFinding[] {
  const { scheme, host, port } = pattern
  if (host.kind === 'any') return [schemeWildcard(scheme)]
  const problems: ItemFinding[] = []
  const domain = host.kind === 'exact' ? host.host : host.kind === 'below' ? host.base : host.parent
  if (insecureSchemes.has(scheme) && !isLoopbackHost(domain)) {
    const star = host.kind === 'below' ? '*.' : host.kind === 'label' ? labelText(host) : ''
    const secure = `https://${star}${domain}${port === 0 ? '' : `:${port}`}`
    // Nobody gets a certificate for a private address, so https is no cure there.
    const cure = isPrivateHost(domain) ? { advice: waysOut } : { correction: secure }
    problems.push({ ...insecureOrigin(unsafeAllow), ...cure })
  }
  if (host.kind === 'exact' || isLoopbackHost(domain)) return problems
  if (isPublicSuffix(domain)) {
    problems.push(sharedSuffix(unsafeAllow, domain))
  } else {
    problems.push({
      severity: 'warning',
      code: 'subdomain-wildcard-with-credentials',
      related: 'allowCredentials',
      reason: `trusts every subdomain of ${domain} with the visitor’s cookies, forgotten ones included`,
    })
  }
  return problems
}

function labelText(host: { readonly prefix: string; readonly suffix: string }): string {
  return `${host.prefix}*${host.suffix}.`
}

/** Only what the list really names: `internal` is nobody's suffix. */
function isPublicSuffix(domain: string): boolean {
  const name = domain.endsWith('.') ? domain.slice(0, -1) : domain
  const { publicSuffix, isIcann, isPrivate } = publicSuffixOf(name)
  return publicSuffix === name && (isIcann === true || isPrivate === true)
}

/** `origin` is one of those that an expression allows. */
function insecureOrigin(unsafeAllow: readonly UnsafeAllow[], origin?: string): ItemFinding {
  const which = origin === undefined ? 'is' : `allows ${origin}, which is`
  return {
    ...dangerous(unsafeAllow, 'insecure-origins'),
    code: 'insecure-origin-with-credentials',
    related: 'allowCredentials',
    reason: `${which} not encrypted, so anyone on the network can be that page and read with the visitor’s cookies`,
  }
}

function sharedSuffix(
  unsafeAllow: readonly UnsafeAllow[],
  suffix: string,
  origin?: string,
): ItemFinding {
  const whom =
    origin === undefined
      ? `every site under the public suffix ${suffix}, where anyone can get a name,`
      : `sites such as ${origin} under the public suffix ${suffix}, where anyone can get a name,`
  return {
    ...dangerous(unsafeAllow, 'public-suffix-wildcards'),
    code: 'public-suffix-wildcard-with-credentials',
    related: 'allowCredentials',
    reason: `allows ${whom} to read with the visitor’s cookies`,
  }
}

/** A named danger is refused without its opt-in, and warned about with it. */
function dangerous(
  unsafeAllow: readonly UnsafeAllow[],
  name: UnsafeAllow,
): { readonly severity: 'error' | 'warning' } {
  return { severity: unsafeAllow.includes(name) ? 'warning' : 'error' }
}

function schemeWildcard(scheme: string): ItemFinding {
  return {
    severity: 'error',
    code: 'scheme-wildcard-with-credentials',
    related: 'allowCredentials',
    reason: `allows every ${scheme} page to read with the visitor’s cookies: list the origins, or set allowCredentials to false`,
  }
}

function wasNormalised(normalised: string): ItemFinding {
  return {
    severity: 'warning',
    code: 'origin-normalised',
    reason: `is not how browsers write it, so it is read as ${normalised}`,
    correction: normalised,
    normalised,
  }
}

const waysOut =
  'Send no cookies (--no-allow-credentials, allowCredentials: false), or accept the danger (--unsafe-allow insecure-origins).'

const starWithCredentials: ItemFinding = {
  severity: 'error',
  code: 'star-with-credentials',
  related: 'allowCredentials',
  reason:
    'allows every site to read with the visitor’s cookies: list the origins, or set allowCredentials to false',
}

const starIsPublic: ItemFinding = {
  severity: 'warning',
  code: 'star-is-public',
  reason: 'lets every site read everything that needs no cookies',
}

const notAlone: ItemFinding = {
  severity: 'error',
  code: 'conflict',
  reason: 'allows every origin and must stand alone: remove it, or the other entries',
  correction: '*',
}

const nobodyNotAlone: ItemFinding = {
  severity: 'error',
  code: 'conflict',
  reason: 'lets nobody in and must stand alone: remove it, or the other entries',
  correction: nobody,
}

const insecureSchemes: ReadonlySet<string> = new Set(['http', 'ws', 'ftp'])

// Who else is let in, and who is handed an answer that was made for another.
import { type Answer, allowCredentials, allowOrigin, lines, list, one } from './answer.js'
import { type Finding, finding } from './finding.js'
import type { Observations, Probe } from './probe.js'

/** Origins that nobody listed and that are named back. */
export function strangerFindings(seen: Observations): Finding[] {
  const { stranger, strangerPreflight, nullOrigin, lookalikes } = seen
  const found: Finding[] = []
  const echoed = [stranger, strangerPreflight].find(isNamed)
  if (echoed) {
    const credentials = one(echoed.answer, allowCredentials) === 'true'
    found.push(
      finding(
        'reflects-any-origin',
        credentials ? 'danger' : 'risk',
        credentials
          ? `Any origin is named back, ${echoed.origin} for one, with credentials: every site may act as your users.`
          : `Any origin is named back, ${echoed.origin} for one.`,
      ),
    )
  } else {
    // Whoever names everybody names these too; said once is enough.
    for (const probe of lookalikes.filter(isNamed)) {
      const isPlain = probe.origin.startsWith('http:') && seen.origin.startsWith('https:')
      found.push(
        isPlain
          ? finding(
              'accepts-insecure-origin',
              'danger',
              `${probe.origin} is allowed too, and anyone on the network can speak as it.`,
            )
          : finding(
              'accepts-lookalike',
              'danger',
              `${probe.origin} is allowed, because it resembles ${seen.origin}.`,
            ),
      )
    }
  }
  if (isNamed(nullOrigin)) {
    found.push(
      finding(
        'accepts-null',
        'danger',
        'Origin: null is allowed, which a sandboxed frame of any site sends.',
      ),
    )
  }
  return found
}

function isNamed({ answer, origin }: Probe): boolean {
  return lines(answer, allowOrigin).includes(origin)
}

/** Answers that depend on who asked, where a cache is not told so. */
export function cacheFindings({ actual, plain, stranger, origin }: Observations): Finding[] {
  const value = one(actual, allowOrigin)
  const depends =
    value === origin &&
    [plain, stranger.answer].some(
      other => !('failure' in other) && one(other, allowOrigin) !== origin,
    )
  const varies = list(actual, 'vary').map(name => name.toLowerCase())
  if (!depends || varies.includes('origin') || varies.includes('*')) return []
  return isCacheable(actual)
    ? [
        finding(
          'cache-poisoning',
          'danger',
          'The answer depends on Origin, may be cached, and has no Vary: Origin: a cache hands one page’s answer to another.',
        ),
      ]
    : [finding('vary-missing', 'risk', 'The answer depends on Origin, and Vary does not say so.')]
}

function isCacheable(answer: Answer): boolean {
  const control = list(answer, 'cache-control').join(',').toLowerCase()
  if (/no-store|private|no-cache/u.test(control)) return false
  return (
    /public|max-age=[1-9]|s-maxage=[1-9]/u.test(control) ||
    one(answer, 'last-modified') !== undefined
  )
}

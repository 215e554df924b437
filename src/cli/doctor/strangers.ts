// Who else is let in, and who is handed an answer that was made for another.
import {
  type Answer,
  allowCredentials,
  allowOrigin,
  combined,
  lines,
  tokens,
} from '../../why/answer.js'
import { type Symptom, symptom } from './finding.js'
import type { Observations, Probe } from './observe.js'

/** Origins that nobody listed and that are named back. */
export function strangerSymptoms(seen: Observations): Symptom[] {
  const { stranger, strangerPreflight, nullOrigin, lookalikes, question } = seen
  const found: Symptom[] = []
  const echoed = [stranger, strangerPreflight].find(isNamed)
  if (echoed) {
    const credentials = combined(echoed.answer, allowCredentials) === 'true'
    found.push(
      symptom(
        'reflects-any-origin',
        credentials ? 'danger' : 'risk',
        credentials
          ? `It echoes any origin, ${echoed.origin} for one, with credentials: every site may act as your users.`
          : `It echoes any origin, ${echoed.origin} for one.`,
      ),
    )
  } else {
    // Whoever names everybody names these too; said once is enough.
    for (const probe of lookalikes.filter(isNamed)) {
      const isPlain = probe.origin.startsWith('http:') && question.origin.startsWith('https:')
      found.push(
        isPlain
          ? symptom(
              'accepts-insecure-origin',
              'danger',
              `${probe.origin} is allowed too, and anyone on the network can pretend to be it.`,
            )
          : symptom(
              'accepts-lookalike',
              'danger',
              `${probe.origin} is allowed, because it resembles ${question.origin}.`,
            ),
      )
    }
  }
  if (isNamed(nullOrigin)) {
    found.push(
      symptom(
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
export function cacheSymptoms({ actual, plain, stranger, question }: Observations): Symptom[] {
  const { origin } = question
  const value = combined(actual, allowOrigin)
  const depends =
    value === origin &&
    [plain, stranger.answer].some(
      other => !('failure' in other) && combined(other, allowOrigin) !== origin,
    )
  const varies = (tokens(actual, 'vary') ?? []).map(name => name.toLowerCase())
  if (!depends || varies.includes('origin') || varies.includes('*')) return []
  return isCacheable(actual)
    ? [
        symptom(
          'cache-poisoning',
          'danger',
          'The response depends on Origin, may be cached, and has no Vary: Origin: a cache gives one page’s response to another.',
        ),
      ]
    : [symptom('vary-missing', 'risk', 'The response depends on Origin, and Vary does not say so.')]
}

function isCacheable(answer: Answer): boolean {
  const control = (combined(answer, 'cache-control') ?? '').toLowerCase()
  if (/no-store|private|no-cache/u.test(control)) return false
  return (
    /public|max-age=[1-9]|s-maxage=[1-9]/u.test(control) ||
    combined(answer, 'last-modified') !== undefined
  )
}

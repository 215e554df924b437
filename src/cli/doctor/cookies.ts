// Which cookies that the server sets come back from the page.
import { lines } from '../../why/answer.js'
import { type Symptom, symptom } from './finding.js'
import type { Observations } from './observe.js'

/** Cookies that a page on another site never sends along. */
export function cookieSymptoms({ actual, plain, question }: Observations): Symptom[] {
  const { url, origin, cookie } = question
  if (isSameSite(url.hostname, origin)) return []
  const set = [...lines(actual, 'set-cookie'), ...lines(plain, 'set-cookie')]
  const lost = set.filter(text => !/;\s*samesite=none/iu.test(text) || !/;\s*secure/iu.test(text))
  const names = new Set(lost.map(text => text.split('=')[0] ?? ''))
  return [...names].map(name =>
    symptom(
      'cookie-not-cross-site',
      cookie === undefined ? 'note' : 'risk',
      `The cookie ${name} lacks SameSite=None; Secure, so requests from ${origin} come without it. Even with both, Safari and private windows keep it back.`,
    ),
  )
}

/** Near enough without the public suffix list: only a hint is given from it. */
function isSameSite(host: string, origin: string): boolean {
  const page = /^[a-z][a-z0-9+.-]*:\/\/(\[[^\]]*\]|[^/:]*)/u.exec(origin)?.[1] ?? ''
  const site = (name: string) => (/[a-z]$/u.test(name) ? name.split('.').slice(-2).join('.') : name)
  return site(page) === site(host)
}

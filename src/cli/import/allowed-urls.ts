// The ALLOWED_URLS line of the recipe in which an API answered CORS by hand.
import { originsOfAllowedUrls } from '../../config/foreign-names.js'
import type { Imported } from './imported.js'
import { note } from './source-value.js'

/** Reads the line, bare or in an environment file; undefined where there is none. */
export function importAllowedUrls(text: string): Imported | undefined {
  const match = /^\s*(?:export\s+)?ALLOWED_URLS\s*=\s*(.*)$/m.exec(text)
  if (match === null) return undefined
  const value = (match[1] ?? '').trim().replace(/^(['"])(.*)\1$/, '$2')
  const entries = originsOfAllowedUrls(value)
  const warnings = [
    'There an origin was allowed when an entry was part of its text, so https://app.example.com.evil.test passed too; here an entry is one origin, compared whole.',
    'There every other origin got * in its place; here it gets no CORS header (on-disallowed public gives * without credentials).',
    'There Host stood in for a missing Origin, which can never be equal to an origin; here origin-fallback names a header that the gateway copied it to.',
  ]
  if (value === '' || entries.includes('')) {
    warnings.unshift('An empty entry allowed every origin, with credentials. It is left out.')
  }
  const allowOrigins = entries.filter(entry => entry !== '')
  return {
    title: 'ALLOWED_URLS',
    settings: { allowOrigins },
    warnings: warnings.map(text => note(undefined, text)),
  }
}

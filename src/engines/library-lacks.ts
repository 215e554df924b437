import type { LackName } from './lacks.js'

/** What no library within an application can say. */
export const libraryLacks: readonly LackName[] = [
  'expose-all',
  'merge-expose',
  'upstream-origin',
  'origin-fallback',
  'report-only',
  'isolation',
  'expressions',
  'name-prefixes',
  'blocked-origins',
  'public-fallback',
  'forwarded-preflights',
  'private-network',
  'timing',
  'upgrades',
]

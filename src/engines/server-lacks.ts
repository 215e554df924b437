import type { LackName } from './lacks.js'

/** What no server in front of the API can say. */
export const serverLacks: readonly LackName[] = [
  'respect-upstream',
  'upstream-origin',
  'report-only',
  'isolation',
  'public-fallback',
  'name-prefixes',
  'expressions',
  'strange-paths',
]

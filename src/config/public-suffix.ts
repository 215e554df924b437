// The Public Suffix List. It is large and few lists of origins have anything to ask it, so it is loaded
// when the first one does: that saves a good third of the time it takes to start.
import { createRequire } from 'node:module'

type SuffixList = typeof import('tldts')

const require = createRequire(import.meta.url)
const load = (): SuffixList => require('tldts')

/** Below which suffix anyone may register a name: `com`, `co.uk`, `github.io`. */
export const publicSuffixOf = (name: string): ReturnType<SuffixList['parse']> =>
  load().parse(name, { allowPrivateDomains: true })

import { upstreamFailures } from '../../src/terms/upstream-failure.js'

/** Where docs/troubleshooting.md speaks of a reason or an upstream failure; its test holds the headings. */
export const guideSections: ReadonlyMap<string, string> = new Map([
  ['host-not-allowed', 'the-host-is-not-served'],
  ['cross-site', 'another-site-caused-the-request'],
  ['origin-not-allowed', 'no-access-control-allow-origin'],
  ['malformed-origin', 'the-origin-does-not-match'],
  ['origin-null', 'origin-null'],
  ['method-not-allowed', 'the-method-is-not-allowed'],
  ['method-forbidden', 'the-method-is-not-allowed'],
  ['malformed-request-method', 'the-method-is-not-allowed'],
  ['header-not-allowed', 'a-request-header-is-not-allowed'],
  ['header-authorization-not-covered-by-wildcard', 'authorization-under-a-star'],
  ['malformed-request-headers', 'a-request-header-is-not-allowed'],
  ['too-many-request-headers', 'a-request-header-is-not-allowed'],
  ...Object.keys(upstreamFailures).map(failure => [failure, '502-503-504'] as const),
])

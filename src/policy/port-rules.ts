import type { ParsedOrigin } from './origin.js'
import type { Reason } from './reasons.js'

/** Why an origin is allowed, and by which entry of the list. */
export interface OriginMatch {
  readonly reason: Reason
  readonly entry: string
}

/** What one host pattern allows, by `scheme:port`; port 0 is the default one and `*` any. */
export type PortRules = Map<string, OriginMatch>

export function matchPort(
  rules: ReadonlyMap<string, OriginMatch> | undefined,
  origin: ParsedOrigin,
): OriginMatch | undefined {
  if (rules === undefined || rules.size === 0) return undefined
  return rules.get(`${origin.scheme}:${origin.port}`) ?? rules.get(`${origin.scheme}:*`)
}

/** The first entry keeps a place that a later one repeats. */
export function addPort(
  rules: PortRules,
  scheme: string,
  port: number | '*',
  match: OriginMatch,
): void {
  const key = `${scheme}:${port}`
  if (!rules.has(key)) rules.set(key, match)
}

/** The value filed under a key, made on first use. */
export function fileUnder<Value>(files: Map<string, Value>, key: string, make: () => Value): Value {
  const known = files.get(key)
  if (known !== undefined) return known
  const made = make()
  files.set(key, made)
  return made
}

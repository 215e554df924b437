// Where the rules of several routes or ingresses hold: at which gateways, for which hosts. Those that
// hold at one place become one import.
import type { PathRule } from './path-policies.js'

/** A gateway and a host. Empty where it is not said: all of them. */
export interface Place {
  /** Namespace and name, section, port. */
  readonly parent: readonly string[]
  readonly host: string
}

/** What one document says, and where. */
export interface Route {
  readonly title: string
  readonly places: readonly Place[]
  readonly rules: readonly PathRule[]
}

/** All rules that may decide requests at some places. */
export interface Domain {
  readonly titles: readonly string[]
  readonly hosts: readonly string[]
  readonly rules: readonly PathRule[]
}

/** One domain for all places at which the same rules hold. */
export function domainsOf(routes: readonly Route[]): Domain[] {
  const places = [
    ...new Map(
      routes.flatMap(({ places }) => places).map(place => [JSON.stringify(place), place]),
    ).values(),
  ]
  const domains = new Map<string, Domain>()
  for (const place of places) {
    const here = routes.filter(route => isAt(route, place))
    const narrower = places.filter(other => covers(place, other) && !covers(other, place))
    const bounding = narrower.flatMap(other => boundsOf(other, place, routes))
    const rules = [...here.flatMap(({ rules }) => rules), ...bounding]
    const key = JSON.stringify(rules.map(({ line, ...said }) => said))
    const hosts = [...(domains.get(key)?.hosts ?? []), place.host]
    const titles = here.map(({ title }) => title)
    domains.set(key, { titles, hosts: [...new Set(hosts)], rules })
  }
  return [...domains.values()]
}

const isAt = ({ places }: Route, place: Place): boolean =>
  places.some(own => own.host === place.host && coversParent(own, place))

// What holds at a narrower place bounds the wider one: it is not known here which of them decides. Where
// no rule covers all paths there, some request gets nothing.
function boundsOf(narrower: Place, place: Place, routes: readonly Route[]): PathRule[] {
  const condition = narrower.host === place.host ? 'the listener' : `the host ${narrower.host}`
  const rules = routes.filter(route => isAt(route, narrower)).flatMap(({ rules }) => rules)
  const isWhole = rules.some(rule => rule.condition === undefined && rule.region.path === '/')
  const line = rules[0]?.line ?? 1
  const nothing: PathRule = { region: { by: 'element', path: '/' }, policy: undefined, line }
  return [...rules, ...(isWhole ? [] : [nothing])].map(rule => ({
    ...rule,
    condition,
    outranks: true,
  }))
}

const covers = (wide: Place, narrow: Place): boolean =>
  coversParent(wide, narrow) && coversHost(wide.host, narrow.host)

const coversParent = ({ parent: wide }: Place, { parent: narrow }: Place): boolean =>
  wide.every((part, at) => part === '' || part === narrow[at])

const coversHost = (wide: string, narrow: string): boolean =>
  wide === '' || wide === narrow || (wide.startsWith('*.') && narrow.endsWith(wide.slice(1)))

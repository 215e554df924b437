import { headerAdvice, methodAdvice } from '../policy/advice.js'
import { fieldValue } from '../terms/fields.js'
import { isPlainName } from '../terms/paste.js'
import { withoutUser } from '../terms/secrets.js'
import { createCrossSiteSeen } from './cross-site-seen.js'
import type { Exchange } from './exchange.js'
import { doubtAbout } from './origin-doubts.js'
import { type SettingsText, settingsText } from './settings-text.js'
import { type OriginSeen, type SuggestedSettings, settingsFor } from './suggested-settings.js'

/** The smallest policy that fits the traffic seen, and everything that speaks against pasting it. */
export interface Suggestion {
  /** CORS exchanges it is drawn from. */
  readonly exchanges: number
  /** Origins the policy covers, busiest first. */
  readonly origins: readonly OriginSeen[]
  /** Origins left out, each with the reason. */
  readonly doubtful: readonly (OriginSeen & { readonly doubt: string })[]
  /** Undefined when no origin is left to allow. */
  readonly settings: SuggestedSettings | undefined
  readonly text: SettingsText | undefined
  readonly notes: readonly string[]
}

export interface Suggester {
  record(exchange: Exchange): void
  suggest(): Suggestion
}

interface Seen {
  exchanges: number
  readonly methods: Set<string>
  readonly headers: Set<string>
  credentials: boolean
  /** The list of headers that its last preflight asked for: most ask for the same. */
  lastAsked: string
}

const mostOrigins = 200
const mostMethods = 16
const mostHeaders = 64
const longestOrigin = 326
const longestRemembered = 256

/** Learns from exchanges in bounded memory: what is seen least makes room. */
export function createSuggester(): Suggester {
  const origins = new Map<string, Seen>()
  let exchanges = 0
  let forgotten = 0
  let unusual = 0
  const crossSite = createCrossSiteSeen()

  const learn = (known: Set<string>, value: string | undefined, most: number) => {
    if (value === undefined || value === '') return
    if (!isPlainName(value)) unusual += 1
    else if (known.size < most) known.add(value)
  }

  function seenOf(origin: string): Seen {
    const known = origins.get(origin)
    if (known) return known
    if (origins.size >= mostOrigins) {
      origins.delete(leastSeen(origins))
      forgotten += 1
    }
    const fresh = {
      exchanges: 0,
      methods: new Set<string>(),
      headers: new Set<string>(),
      credentials: false,
      lastAsked: '',
    }
    origins.set(origin, fresh)
    return fresh
  }

  return {
    record(exchange) {
      const { decision, method, requestHeaders } = exchange
      const { origin } = decision
      crossSite.record(exchange)
      if (origin === undefined || decision.reason === 'same-origin') return
      exchanges += 1
      const seen = seenOf(withoutUser(origin.slice(0, longestOrigin)))
      seen.exchanges += 1
      if (decision.kind === 'preflight') {
        learn(
          seen.methods,
          fieldValue(requestHeaders, 'access-control-request-method'),
          mostMethods,
        )
        const names = fieldValue(requestHeaders, 'access-control-request-headers') ?? ''
        if (names === seen.lastAsked) return
        if (names.length <= longestRemembered) seen.lastAsked = names
        for (const name of names.toLowerCase().split(',')) {
          learn(seen.headers, name.trim(), mostHeaders)
        }
        return
      }
      if (decision.kind === 'actual') learn(seen.methods, method, mostMethods)
      // Authorization that no preflight asked for was added by the browser, which does so only
      // for a credentialed request.
      seen.credentials ||=
        fieldValue(requestHeaders, 'cookie') !== undefined ||
        (fieldValue(requestHeaders, 'authorization') !== undefined &&
          !seen.headers.has('authorization'))
    },

    suggest() {
      const all = [...origins]
        .map(([origin, seen]) => ({ ...seen, origin }))
        .sort((a, b) => b.exchanges - a.exchanges)
      const doubts = all.map(({ origin }) => doubtAbout(origin, all))
      const doubtful = all.flatMap((seen, index) => {
        const doubt = doubts[index]
        return doubt === undefined ? [] : [{ ...listed(seen), doubt }]
      })
      const fitting = all.filter((_, index) => doubts[index] === undefined)
      const settings = fitting.length === 0 ? undefined : settingsFor(fitting.map(listed))
      return {
        exchanges,
        origins: fitting.map(listed),
        doubtful,
        settings,
        text: settings && settingsText({ ...settings }),
        notes: [
          ...notesOn(settings, forgotten, unusual),
          ...leftOut(fitting),
          ...crossSite.notes(),
        ],
      }
    },
  }
}

/** Names that were seen and that the program would not take, each with the reason. */
function leftOut(fitting: readonly Seen[]): readonly string[] {
  const methods = new Set(fitting.flatMap(seen => [...seen.methods]))
  const headers = new Set(fitting.flatMap(seen => [...seen.headers]))
  const reasons = [
    ...[...methods].map(name => [name, methodAdvice(name)] as const),
    ...[...headers].map(name => [name, headerAdvice(name)] as const),
  ]
  return reasons.flatMap(([name, { instead }]) =>
    instead === undefined ? [] : [`${name} is left out. ${instead}`],
  )
}

function listed({ lastAsked, methods, headers, ...seen }: Seen & { origin: string }): OriginSeen {
  return { ...seen, methods: [...methods].sort(), headers: [...headers].sort() }
}

function notesOn(
  settings: SuggestedSettings | undefined,
  forgotten: number,
  unusual: number,
): readonly string[] {
  const notes: string[] = []
  if (settings && !settings.allowCredentials) {
    notes.push(
      'No cookie was seen. If a page sends credentials: include, keep allowCredentials true.',
    )
  }
  for (const [parent, count] of manySiblings(settings?.allowOrigins ?? [])) {
    notes.push(
      `${count} subdomains of ${parent} were seen. If all of them are yours, https://*.${parent} covers them.`,
    )
  }
  if (unusual > 0) {
    notes.push(
      'Methods or headers with other characters than letters, digits, - and _ were seen. They are left out: check who sends them.',
    )
  }
  if (forgotten > 0) {
    notes.push(
      `More than ${mostOrigins} origins were seen; ${forgotten} that were seen least are left out.`,
    )
  }
  return notes
}

function manySiblings(origins: readonly string[]): readonly (readonly [string, number])[] {
  const children = new Map<string, number>()
  for (const origin of origins) {
    const parent = /^https:\/\/[^.:/]+\.([^.:/]+\.[^:/]+)$/u.exec(origin)?.[1]
    if (parent !== undefined) children.set(parent, (children.get(parent) ?? 0) + 1)
  }
  return [...children].filter(([, count]) => count >= 4)
}

function leastSeen(origins: ReadonlyMap<string, Seen>): string {
  let least = ''
  let fewest = Number.POSITIVE_INFINITY
  for (const [origin, { exchanges }] of origins) {
    if (exchanges < fewest) {
      fewest = exchanges
      least = origin
    }
  }
  return least
}

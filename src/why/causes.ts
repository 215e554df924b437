// From what was found to causes: one for each thing that went wrong, surest first. Pure.

import { type Code, codes, type Facts, guideLink } from './codes.js'
import type { Hit } from './console.js'
import type { Certainty } from './message.js'
import { shown, shownUrl } from './shown.js'

export interface Cause {
  readonly code: Code
  readonly certainty: Certainty
  readonly message: string
  /** What it was seen by. */
  readonly evidence: readonly string[]
  readonly facts: Facts
  /** Whether it is one of many that a message without a reason may mean. */
  readonly isGuess: boolean
  readonly guide: string
}

export function cause(
  code: Code,
  certainty: Certainty,
  given: Facts,
  evidence: readonly string[],
  isGuess = false,
): Cause {
  const { says, section } = codes[code]
  const facts = {
    ...given,
    url: given.url === undefined ? undefined : shownUrl(given.url),
    value: given.value === undefined ? undefined : shown(given.value),
  }
  const isNull = code === 'not-http' && facts.origin === 'null'
  return {
    code,
    certainty,
    message: says(facts),
    evidence: evidence.map(shown),
    facts,
    isGuess,
    guide: guideLink(isNull ? 'Origin null' : section),
  }
}

/** What the messages of a console mean. */
export function causesOfHits(hits: readonly Hit[], text: string): readonly Cause[] {
  const page = pageOrigin(text)
  return hits.flatMap(hit => causesOfHit(hit, page))
}

function causesOfHit(hit: Hit, page: string | undefined): Cause[] {
  const facts = factsOf(hit, page)
  const means = hit.means.map(([code, certainty]) => [aboutStatus(code, facts), certainty] as const)
  const isGuess = means.every(([, certainty]) => certainty === 'possible')
  const found: Cause[] = []
  for (const [code, certainty] of means) {
    const ofPreflight = hit.isAboutPreflight && isAboutOrigin(code)
    if (ofPreflight) {
      found.push(cause('preflight-allow-origin', certainty, facts, [hit.seen]))
      found.push(
        cause(code, 'likely', facts, [
          'What the preflight’s answer lacks, the answer itself most often lacks too.',
        ]),
      )
    } else if (code === 'mixed-content' && !canBeMixed(facts)) continue
    else found.push(cause(code, certainty, facts, [hit.seen], isGuess))
  }
  if (facts.origin === 'null' && found.some(({ code }) => code !== 'not-http')) {
    found.push(cause('not-http', 'likely', facts, ['The browser sent Origin: null.']))
  }
  return found
}

const isAboutOrigin = (code: Code): boolean => code.startsWith('allow-origin-')

/** The status tells three failures of a preflight apart. */
function aboutStatus(code: Code, { status }: Facts): Code {
  if (code !== 'preflight-not-ok' || status === undefined) return code
  if (status === 401 || status === 407) return 'preflight-needs-auth'
  return status >= 300 && status < 400 ? 'preflight-redirects' : code
}

/** A page over HTTP, or a target over HTTPS, rules it out. */
function canBeMixed({ origin, url }: Facts): boolean {
  return !(origin?.startsWith('http:') || url?.startsWith('https:') || url?.startsWith('wss:'))
}

function factsOf({ slots, lines, seen }: Hit, page: string | undefined): Facts {
  const [, method, asked] = /(?:^|\s|:\d+\s?)([A-Z]{3,16})\s(https?:\/\/[^\s'"]+)/.exec(lines) ?? []
  const status = Number(slots.get('status') || /status[^\d]{1,8}(\d{3})\b/i.exec(lines)?.[1])
  const origin =
    originText(
      slots.get('origin') ?? /['"]([^'"\s]+)['"]\s+has been blocked by CORS/.exec(lines)?.[1],
    ) ?? originOf(slots.get('page'))
  const url = [slots.get('url'), asked, urlIn(seen), urlIn(lines)]
    .map(address)
    .find(one => one !== undefined && one !== origin)
  return {
    origin: origin ?? (page !== undefined && page !== originOf(url) ? page : undefined),
    url,
    method: slots.get('method') ?? method,
    header: slots.get('header')?.toLowerCase(),
    value: slots.get('value'),
    status: status >= 100 && status <= 599 ? status : undefined,
  }
}

function originText(text: string | undefined): string | undefined {
  return text === 'null' ? 'null' : originOf(text)
}

function originOf(text: string | undefined): string | undefined {
  if (text === undefined || !URL.canParse(text)) return undefined
  const { origin } = new URL(text)
  return origin === 'null' ? undefined : origin
}

function address(text: string | undefined): string | undefined {
  const plain = text?.replace(/^['"(]+|[.,;:)'"]+$/g, '')
  return plain !== undefined && URL.canParse(plain) ? plain : undefined
}

/** A place in a script, which is the page's own. */
const place = /(https?:\/\/[^\s'"()]+?):\d+(?::\d+)?(?=[\s)]|$)/g

function urlIn(text: string): string | undefined {
  return /(?:https?|wss?):\/\/[^\s'"()\u2018\u2019\u201c\u201d]+/.exec(text.replace(place, ''))?.[0]
}

/** The origin of the first script that is named with a line number. */
function pageOrigin(text: string): string | undefined {
  for (const [, url = ''] of text.matchAll(place)) {
    // A port is no line number.
    if (URL.canParse(url) && new URL(url).pathname !== '/') return new URL(url).origin
  }
  return undefined
}

const order: readonly Certainty[] = ['certain', 'likely', 'possible']

const bySureness = (a: Cause, b: Cause): number =>
  order.indexOf(a.certainty) - order.indexOf(b.certainty)

/** Each cause once, with all its evidence, surest first, and without what a surer one explains. */
export function settled(causes: readonly Cause[]): readonly Cause[] {
  const kept: { cause: Cause; at: number }[] = []
  // Those that know most come first, so that the others can be seen to say the same.
  const ordered = causes.map((one, at) => ({ one, at }))
  for (const { one, at } of ordered.sort((a, b) => knownOf(b.one) - knownOf(a.one))) {
    const other = kept.find(({ cause }) => saysAsMuch(cause, one))
    if (other === undefined) kept.push({ cause: one, at })
    else {
      other.at = Math.min(other.at, at)
      other.cause = ofBoth(other.cause, one)
    }
  }
  const all = kept.sort((a, b) => a.at - b.at).map(each => each.cause)
  return all.filter(one => !isExplained(one, all)).sort(bySureness)
}

function ofBoth(one: Cause, other: Cause): Cause {
  return {
    ...one,
    certainty: bySureness(one, other) < 0 ? one.certainty : other.certainty,
    evidence: [...new Set([...one.evidence, ...other.evidence])],
    isGuess: one.isGuess && other.isGuess,
  }
}

const telling = ['origin', 'url', 'method', 'header'] as const

const knownOf = ({ facts }: Cause): number =>
  telling.filter(name => facts[name] !== undefined).length

function saysAsMuch(more: Cause, less: Cause): boolean {
  return (
    more.code === less.code &&
    telling.every(name => less.facts[name] === undefined || less.facts[name] === more.facts[name])
  )
}

/** What browsers write after any failure is explained by whatever is said of it in particular. */
function isExplained({ code, certainty, isGuess, facts }: Cause, all: readonly Cause[]): boolean {
  const others = all.filter(other => !other.isGuess && other.code !== code)
  if (isGuess) return all.some(other => !other.isGuess)
  if (!followUps.has(code) || certainty === 'certain') return false
  return others.some(
    ({ certainty: sureness, facts: { url } }) =>
      sureness === 'certain' && (facts.url === undefined || url === undefined || facts.url === url),
  )
}

/** Firefox says that there was no answer after a refused preflight, too; an error status comes with any of them. */
const followUps: ReadonlySet<Code> = new Set(['no-answer', 'certificate', 'no-cors-problem'])

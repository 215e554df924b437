// Everything that is asked about one question: the page's own way, and a few things a stranger might.
import { randomBytes } from 'node:crypto'
import type { Answer } from '../../why/answer.js'
import { needsPreflight, unsafeNames } from '../../why/preflight.js'
import { isNear, remembering } from './ask.js'
import { type Ask, type Journey, preflightOf, travel } from './journey.js'
import { changesNothing, type Question } from './question.js'

export interface Observations {
  readonly question: Question
  readonly withoutCookies: Journey
  readonly withCookies: Journey
  /** The preflight for the question, or where it needs none, for headers that most pages come to set. */
  readonly preflight: Answer
  readonly preflightNames: readonly string[]
  /** Without `Origin`, as a cache or a plain link would ask. */
  readonly plain: Answer
  readonly actual: Answer
  /** For a path that nobody has. */
  readonly error: Answer
  /** As a page that nobody listed. */
  readonly stranger: Probe
  readonly strangerPreflight: Probe
  readonly nullOrigin: Probe
  /** As pages whose names resemble the origin's. */
  readonly lookalikes: readonly Probe[]
  /** As a page of the server itself; asked only where the page's origin is refused outright. */
  readonly ownOrigin: Answer | undefined
  /** Under a name that is not the server's; asked only of unencrypted servers near by. */
  readonly otherHost: Answer | undefined
  /** With a `Via`, as through a proxy; asked only where the plain answer is compressed. */
  readonly throughProxy: Answer | undefined
}

export interface Probe {
  readonly origin: string
  readonly answer: Answer
}

/** What pages come to set sooner or later. */
export const usualNames: readonly string[] = ['authorization', 'content-type']

/** Asks everything, one after the other. */
export async function observe(asking: Ask, question: Question): Promise<Observations> {
  const ask = remembering(asking)
  const { url, origin, method } = question
  const probeMethod = changesNothing(method) && method !== 'QUERY' ? method : 'HEAD'
  const session = sessionHeaders(question)
  const get = (headers: Record<string, string>, at = url) =>
    ask({ url: at, method: probeMethod, headers: { ...session, ...headers } })
  const as = async (from: string): Promise<Probe> => ({
    origin: from,
    answer: await get({ origin: from }),
  })
  const isAsked = needsPreflight(method, question.headers)
  const preflightNames = isAsked ? unsafeNames(question.headers) : usualNames
  const preflight = (from: string) => ask(preflightOf(url, from, method, preflightNames))
  const nowhere = new URL(`/doctor-${randomBytes(6).toString('hex')}`, url)
  const stranger = `https://doctor-${randomBytes(4).toString('hex')}.example`

  const plain = await get({})
  const withoutCookies = await travel(ask, question, false)
  const withCookies = await travel(ask, question, true)
  const journey = question.cookie === undefined ? withoutCookies : withCookies
  const actual = journey.hops[0]?.answer ?? (await get({ origin }))
  const first = { question, withoutCookies, withCookies, preflightNames, plain, actual }
  if ('failure' in plain && 'failure' in actual) return { ...first, ...silence(actual) }
  const lookalikes: Probe[] = []
  for (const name of lookalikesOf(origin)) lookalikes.push(await as(name))
  const isRefused = !isGood(actual) && isGood(plain)
  const isOpenNearBy = url.protocol === 'http:' && isGood(plain) && (await isNear(url.hostname))
  return {
    ...first,
    preflight: await preflight(origin),
    error: await get({ origin }, nowhere),
    stranger: await as(stranger),
    strangerPreflight: { origin: stranger, answer: await preflight(stranger) },
    nullOrigin: await as('null'),
    lookalikes,
    ownOrigin: isRefused ? await get({ origin: url.origin }) : undefined,
    otherHost: isOpenNearBy ? await get({ host: stranger.replace('https://', '') }) : undefined,
    throughProxy: isCompressed(plain) ? await get({ via: '1.1 doctor.example' }) : undefined,
  }
}

/** Where nobody answers, nothing more is asked. */
function silence(answer: Answer) {
  const probe = { origin: 'null', answer }
  return {
    preflight: answer,
    error: answer,
    stranger: probe,
    strangerPreflight: probe,
    nullOrigin: probe,
    lookalikes: [],
    ownOrigin: undefined,
    otherHost: undefined,
    throughProxy: undefined,
  }
}

/** Behind a log-in, every probe has to be logged in. */
function sessionHeaders({ headers, cookie }: Question): Record<string, string> {
  const values = [...headers].flatMap(([name, value]) =>
    value === undefined || name.startsWith('content-') ? [] : [[name, value]],
  )
  return { ...Object.fromEntries(values), ...(cookie !== undefined && { cookie }) }
}

export function isGood(answer: Answer): boolean {
  return !('failure' in answer) && answer.status < 400
}

export function isCompressed(answer: Answer): boolean {
  return !('failure' in answer) && answer.headers.has('content-encoding')
}

/** Names that pass a careless comparison with this origin: as its beginning, end or middle. */
function lookalikesOf(origin: string): readonly string[] {
  const match = /^(https?):\/\/([a-z0-9.-]*[a-z][a-z0-9.-]*)(:\d+)?$/u.exec(origin)
  const [, scheme, host, port = ''] = match ?? []
  if (scheme === undefined || host === undefined) return []
  const names = [`${scheme}://${host}.doctor.example${port}`, `${scheme}://doctor${host}${port}`]
  const dot = host.indexOf('.')
  if (dot > 0) names.push(`${scheme}://${host.slice(0, dot)}x${host.slice(dot + 1)}${port}`)
  if (scheme === 'https') names.push(`http://${host}${port}`)
  return names
}

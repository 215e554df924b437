// Everything that keeps a request from being allowed, not only what was found first: whoever adds one
// name after the other starts the program again for each.

import { type Advice, adviceFor, originAdvice } from './advice.js'
import { decideUnder } from './decide.js'
import type { Addition, Decision, Fix, PolicyRequest } from './decision.js'
import { writtenNames } from './name-list.js'
import type { Policy } from './policy.js'
import { localHosts } from './served-hosts.js'

/** What a preflight asked for. */
export type Asked = Pick<PolicyRequest, 'requestMethod' | 'requestHeaders'>

/** What to do about a refusal, whole; undefined where its reason has said it already. */
export function wholeAdvice(decision: Decision, asked: Asked): Advice | undefined {
  const first = adviceFor(decision)
  if (first?.fix === undefined || decision.parts !== undefined) return first
  const { kind, origin, policy, reason } = decision
  if (kind !== 'preflight' || origin === undefined || reason === 'host-not-allowed') return first
  const isStranger = policy.origins.match(origin) === undefined
  const judge = (under: Policy, question: Required<Asked>) =>
    decideUnder([under], { ...question, ...plainPreflight, origin })
  const questions = questionsOf(asked)
  // Listed names would take the place of what origins that are listed may send without any.
  const lacksHeaders = questions.some(
    question => judge(policy, question).reason === 'header-not-allowed',
  )
  const needsListing = isStranger && policy.named.headers.isAny && lacksHeaders
  const start = needsListing ? originAdvice(origin, policy.credentials) : first
  if (start.fix === undefined) return start
  const additions: Addition[] = [start.fix]
  const isListedThen = needsListing || reason === 'origin-not-allowed'
  for (const question of questions) {
    const judged = judge(isListedThen ? listing(policy, origin) : policy, question)
    if (judged.verdict !== 'refused') continue
    const advice = adviceFor(judged)
    // It would be refused all the same.
    if (advice?.fix === undefined) return advice
    const { option, value } = advice.fix
    if (!additions.some(known => known.option === option && known.value === value)) {
      additions.push({ option, value })
    }
  }
  const [, ...also] = additions
  return also.length === 0 ? start : { fix: { ...start.fix, also } }
}

/**
 * By option, the list that stands and what is to be added to it: as a flag or a variable replaces what
 * the default or a weaker source says, this loses nothing wherever the list came from.
 */
export function wholeLists(fix: Fix, policy: Policy): Record<string, readonly string[]> {
  const lists: Record<string, string[]> = {}
  for (const { option, value } of additionsOf(fix)) {
    const list = lists[option] ?? [...standing(option, policy)]
    if (!list.includes(value)) list.push(value)
    lists[option] = list
  }
  return lists
}

export function additionsOf(fix: Fix): readonly Addition[] {
  return [{ option: fix.option, value: fix.value }, ...(fix.also ?? [])]
}

function standing(option: string, policy: Policy): readonly string[] {
  const { origins, hosts, methods, named, everybody } = policy
  const listed = origins.entries.flatMap(({ text }) => (text === 'none' ? [] : [text]))
  switch (option) {
    case 'allowOrigins':
      return listed
    case 'allowHosts':
      // Without a list, only a listener on this machine turns a name away.
      return hosts ?? localHosts(listed)
    case 'allowMethods':
      return methods.isAny ? ['*'] : [...methods.names]
    case 'allowHeaders':
      return writtenNames((origins.any ? everybody : named).headers)
    default:
      return []
  }
}

/** The method alone, then each header alone. */
function questionsOf({ requestMethod = 'GET', requestHeaders = '' }: Asked): Required<Asked>[] {
  const names = new Set(requestHeaders.split(',').map(name => name.trim().toLowerCase()))
  names.delete('')
  return [
    { requestMethod, requestHeaders: undefined },
    ...[...names].map(name => ({ requestMethod: 'GET', requestHeaders: name })),
  ]
}

/** The policy as it would be with that origin in its list. */
function listing(policy: Policy, origin: string): Policy {
  const match = () => ({ entry: origin, reason: 'origin-exact' as const })
  return { ...policy, origins: { ...policy.origins, any: false, match } }
}

const plainPreflight = {
  method: 'OPTIONS',
  target: '/',
  requestPrivateNetwork: undefined,
  secFetchSite: undefined,
  host: undefined,
  scheme: 'https',
  isUpgrade: false,
  rawHeaders: [],
} as const

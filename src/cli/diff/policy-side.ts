// A side that is a policy: its answers are those that the program would give.
import { decide } from '../../policy/decide.js'
import type { PolicyRequest } from '../../policy/decision.js'
import type { NameList } from '../../policy/name-list.js'
import type { Policy, PolicySet } from '../../policy/policy.js'
import { policiesForTarget } from '../../policy/policy-for-path.js'
import {
  ownReplyHeaders,
  preflightAnswer,
  rewriteResponseHeaders,
} from '../../policy/response-headers.js'
import type { Answer } from '../../why/answer.js'
import { outcomeOf } from './outcome.js'
import type { DiffQuestion, Said, Side, Words } from './question.js'
import { sampleOrigins } from './samples.js'

/** `responseNames`: the header names of the responses that are compared. */
export function policySide(
  title: string,
  policies: PolicySet,
  responseNames: readonly string[],
): Side {
  const numbers = new Map([policies.global, ...policies.paths].map((policy, at) => [policy, at]))
  const kindOfPath = (path: string) =>
    policiesForTarget(policies, path)
      .map(policy => numbers.get(policy))
      .join()
  return {
    title,
    words: wordsOf(policies),
    kindOfPath,
    kindOf: (origin, path) =>
      policiesForTarget(policies, path)
        .map(({ origins }) => (origins.match(origin) === undefined ? '-' : '+'))
        .join(''),
    answer: async question => said(policies, question, responseNames),
  }
}

function wordsOf(policies: PolicySet): Words {
  const all = [policies.global, ...policies.paths]
  const listed = (pick: (policy: Policy) => Iterable<string>) =>
    [...new Set(all.flatMap(policy => [...pick(policy)]))].filter(name => name !== '*')
  return {
    origins: listed(({ origins }) => origins.entries.flatMap(sampleOrigins)),
    methods: listed(({ methods }) => (methods.isAny ? [] : methods.names)),
    headers: listed(({ named, everybody }) =>
      [named, everybody].flatMap(lists => samples(lists.headers)),
    ),
    exposed: listed(({ named, everybody }) =>
      [named, everybody].flatMap(lists => samples(lists.exposeHeaders)),
    ),
    paths: policies.paths.flatMap(({ match }) => [match, match.replace(/\/$/u, '') || '/']),
  }
}

/** The names of a list, and one for each beginning. */
const samples = ({ names, prefixes }: NameList): readonly string[] => [
  ...names,
  ...prefixes.map(prefix => `${prefix}a`),
]

function said(policies: PolicySet, question: DiffQuestion, responseNames: readonly string[]): Said {
  const request = policyRequest(question)
  const decision = decide(policies, request)
  const blocked = decision.action === 'block'
  const nothing = { allows: 'nothing', maxAge: '', exposed: [], timing: false } as const
  if (question.upgrade) return { ...nothing, allows: blocked ? 'nothing' : 'all', blocked: false }
  if (question.origin === undefined) return { ...nothing, blocked }
  const upstream = responseNames.flatMap(name => [name, ''])
  const own = decision.action === 'answer' ? preflightAnswer(decision, request) : undefined
  const headers =
    own?.headers ??
    (blocked
      ? ownReplyHeaders(decision, policies)
      : rewriteResponseHeaders(decision, request, upstream, 200))
  const answer = answerOf(own?.status ?? (blocked ? 403 : 200), headers)
  const { origin, preflight } = question
  return { ...outcomeOf(answer, { origin, preflight }), blocked }
}

function policyRequest({ method, path, origin, preflight, upgrade }: DiffQuestion): PolicyRequest {
  const names = preflight?.names ?? []
  return {
    method,
    target: path,
    origin,
    requestMethod: preflight?.method,
    requestHeaders: names.length === 0 ? undefined : names.join(','),
    requestPrivateNetwork: undefined,
    secFetchSite: undefined,
    host: undefined,
    scheme: 'https',
    isUpgrade: upgrade === true,
    rawHeaders: [],
  }
}

function answerOf(status: number, fields: readonly string[]): Answer {
  const headers = new Map<string, string[]>()
  for (let at = 0; at < fields.length; at += 2) {
    const name = (fields[at] ?? '').toLowerCase()
    headers.set(name, [...(headers.get(name) ?? []), fields[at + 1] ?? ''])
  }
  return { status, headers }
}

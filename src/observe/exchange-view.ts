import type { Decision, Fix, NearMiss } from '../policy/decision.js'
import { describe, describeForClient, describeNearMiss, nearMiss } from '../policy/describe.js'
import { type Asked, additionsOf, wholeAdvice, wholeLists } from '../policy/missing.js'
import type { Policy, PolicySettings } from '../policy/policy.js'
import { type Fields, fieldValue } from '../terms/fields.js'
import { withoutUser } from '../terms/secrets.js'
import { failureRow } from '../terms/upstream-failure.js'
import type { Exchange } from './exchange.js'
import { maskedHeaders, maskedTarget } from './masking.js'
import { type SettingsText, settingsText } from './settings-text.js'

/** An exchange as a person may see it: every secret masked, every reason in words. JSON-safe. */
export interface ExchangeView extends Omit<Exchange, Rendered> {
  /** Its own, whatever ids clients choose. */
  readonly key: string
  readonly decision: DecisionView
  /** What is behind a failure of the upstream, and what to do. */
  readonly trouble: { readonly happened: string; readonly cure: string } | undefined
  readonly requestHeaders: readonly HeaderLine[]
  readonly upstreamHeaders: readonly HeaderLine[] | undefined
  readonly sentHeaders: readonly HeaderLine[] | undefined
}

type Rendered = 'decision' | 'requestHeaders' | 'upstreamHeaders' | 'sentHeaders'

export type HeaderLine = readonly [name: string, value: string]

/** A decision in words, with what would change it. */
export interface DecisionView
  extends Pick<Decision, 'kind' | 'verdict' | 'reason' | 'action' | 'origin' | 'rule' | 'subject'> {
  /** The reason as one sentence. */
  readonly sentence: string
  /** Path prefix of the policy that judged; empty for the global one. */
  readonly policyPath: string
  readonly reportOnly: boolean
  readonly nearMiss: NearMissView | undefined
  readonly fix: FixView | undefined
  /** Why no fix is advised, and what to do instead. */
  readonly instead: string | undefined
}

/** In what it differs from what is allowed, as data and as the end of a sentence. */
export interface NearMissView extends NearMiss {
  readonly text: string
}

/** The change that would allow what was refused, in every notation that can say it. */
export interface FixView extends SettingsText, Fix {}

/**
 * What the inspector shows of an exchange. With the running settings a fix repeats the entries of
 * its list, so that pasting it adds one and loses none.
 */
export function toView(
  exchange: Exchange,
  settings?: PolicySettings,
  secrets: readonly string[] = [],
  key = exchange.id,
): ExchangeView {
  const { decision, requestHeaders, upstreamHeaders, sentHeaders, target, ...plain } = exchange
  const row = exchange.failure && failureRow(exchange.failure)
  return {
    ...plain,
    key,
    target: maskedTarget(target, secrets),
    decision: decisionView(decision, askedIn(requestHeaders), settings),
    trouble: row && { happened: row.happened, cure: row.cure },
    requestHeaders: maskedHeaders(requestHeaders, secrets),
    upstreamHeaders: upstreamHeaders && maskedHeaders(upstreamHeaders, secrets),
    sentHeaders: sentHeaders && maskedHeaders(sentHeaders, secrets),
  }
}

/** The same words for a decision alone, as for a made-up request. */
export function decisionView(
  decision: Decision,
  asked: Asked,
  settings?: PolicySettings,
): DecisionView {
  const { kind, verdict, reason, action, origin, rule, subject, policy } = decision
  const advice = verdict === 'refused' ? wholeAdvice(decision, asked) : undefined
  const near = nearMiss(decision)
  return {
    kind,
    verdict,
    reason,
    action,
    sentence: near ? describeForClient(decision) : describe(decision),
    origin: origin && withoutUser(origin),
    rule,
    subject: subject && withoutUser(subject),
    policyPath: policy.match,
    reportOnly: policy.reportOnly,
    nearMiss: near && { ...near, text: describeNearMiss(near) },
    fix: advice?.fix && fixView(advice.fix, policy, settings),
    instead: advice?.instead,
  }
}

function fixView(fix: Fix, policy: Policy, settings: PolicySettings | undefined): FixView {
  return { ...fix, ...settingsText(listsAsWritten(fix, policy, settings), policy.match) }
}

/** With the entries as the person wrote them, where the settings are known. */
function listsAsWritten(fix: Fix, policy: Policy, settings: PolicySettings | undefined) {
  const lists = wholeLists(fix, policy)
  const path = settings?.paths.find(entry => entry.match === policy.match)
  for (const option of Object.keys(lists)) {
    const set = settingOf(path, option) ?? settingOf(settings, option)
    if (!Array.isArray(set)) continue
    const added = additionsOf(fix).flatMap(one => (one.option === option ? [one.value] : []))
    lists[option] = [...new Set([...set.map(String), ...added])].filter(item => item !== 'none')
  }
  return lists
}

function settingOf(settings: object | undefined, option: string): unknown {
  return Object.entries(settings ?? {}).find(([name]) => name === option)?.[1]
}

/** What a preflight asked for. */
export function askedIn(requestHeaders: Fields): Asked {
  return {
    requestMethod: fieldValue(requestHeaders, 'access-control-request-method'),
    requestHeaders: fieldValue(requestHeaders, 'access-control-request-headers'),
  }
}

import type { Decision } from '../policy/decision.js'
import { nearMiss } from '../policy/describe.js'
import { type Asked, wholeAdvice } from '../policy/missing.js'
import { failureRow } from '../terms/upstream-failure.js'
import type { Exchange } from './exchange.js'
import { askedIn } from './exchange-view.js'
import { hintFor } from './hint.js'
import { maskedTarget, mayHoldSecret } from './masking.js'

/** Longest text that a peer may put into a log line. */
const textLimit = 256
const pathLimit = 1024

/** Writes exchanges as text. It remembers what the last one had in common with the next. */
export type ExchangeWriter = (exchange: Exchange) => string

/**
 * Writes what a log line says of an exchange, as JSON members from `event` on, in ASCII: no header
 * but the origin, no query, nothing endless. What is undefined is left out. Every request has such a line,
 * so it is put together from text and not from an object.
 */
export function createExchangeWriter(withHints = false): ExchangeWriter {
  let last: Decision | undefined
  let lastAsked: Asked | undefined
  let lastText = ''

  /** Most requests are judged like the one before: then its text is good again. */
  const decisionText = ({ decision, requestHeaders }: Exchange) => {
    // Of a refused preflight all that is missing is told, which the next one may ask otherwise.
    const asked = decision.verdict === 'refused' ? askedIn(requestHeaders) : undefined
    if (last !== undefined && readsAlike(decision, last) && asksAlike(asked, lastAsked)) {
      return lastText
    }
    lastText = inOnePiece(textOf(decision, asked, withHints))
    last = decision
    lastAsked = asked
    return lastText
  }

  return exchange => {
    const { status, upstreamMs, failure, failureDetail } = exchange
    let text = `"event":"${eventOf(exchange)}","id":"${escaped(exchange.id)}","method":"${escaped(cut(exchange.method, textLimit))}","path":"${escaped(pathOf(exchange.target))}","status":${status},"durationMs":${rounded(exchange.durationMs)}`
    if (upstreamMs !== undefined) text += `,"upstreamMs":${rounded(upstreamMs)}`
    text += `,"bytesOut":${exchange.bytesOut}`
    text += decisionText(exchange)
    text += `,"client":"${escaped(exchange.client)}"`
    if (exchange.clientLeft) text += ',"clientLeft":true'
    if (failure !== undefined) text += `,"failure":"${failure}"`
    if (failureDetail !== undefined) text += `,"detail":"${escaped(failureDetail)}"`
    if (failure !== undefined) text += `,"cure":"${escaped(failureRow(failure).cure)}"`
    return text
  }
}

function eventOf(exchange: Exchange): 'request' | 'upstream-error' | 'upgrade-closed' {
  if (exchange.failure !== undefined) return 'upstream-error'
  return exchange.status === 101 ? 'upgrade-closed' : 'request'
}

function readsAlike(one: Decision, other: Decision): boolean {
  return (
    one.origin === other.origin &&
    one.kind === other.kind &&
    one.reason === other.reason &&
    one.verdict === other.verdict &&
    one.rule === other.rule &&
    one.subject === other.subject &&
    one.reported === other.reported &&
    one.policy === other.policy
  )
}

function asksAlike(one: Asked | undefined, other: Asked | undefined): boolean {
  return (
    one?.requestMethod === other?.requestMethod && one?.requestHeaders === other?.requestHeaders
  )
}

function textOf(decision: Decision, asked: Asked | undefined, withHints: boolean): string {
  const { origin, kind, verdict, reason, rule, subject } = decision
  let text = ''
  if (origin !== undefined) text += `,"origin":"${escaped(cut(shown(origin), textLimit))}"`
  text += `,"kind":"${kind}","decision":"${verdict}","reason":"${reason}"`
  if (rule !== undefined) text += `,"rule":"${escaped(rule)}"`
  if (subject !== undefined) text += `,"subject":"${escaped(cut(shown(subject), textLimit))}"`
  if (decision.reported !== undefined) text += `,"isolation":"${decision.reported}"`
  if (asked === undefined) return text
  // Which entry the refused value nearly matched, and what would allow it.
  const near = nearMiss(decision)
  const fix = wholeAdvice(decision, asked)?.fix
  if (near !== undefined) text += `,"nearMiss":${asciiJson(near)}`
  if (fix !== undefined) text += `,"fix":${asciiJson(fix)}`
  if (fix !== undefined && withHints) text += `,"hint":${asciiJson(hintFor(fix, decision.policy))}`
  return text
}

/** What the log says of an upgrade that has been opened, whose own line comes when it ends. */
export function openedFields({ id, method, target, decision, client }: Exchange) {
  const { origin } = decision
  return {
    id,
    method,
    path: pathOf(target),
    origin: origin && cut(shown(origin), textLimit),
    client,
  }
}

function pathOf(target: string): string {
  const query = target.indexOf('?')
  const path = query < 0 ? target : target.slice(0, query)
  return cut(shown(path), pathLimit)
}

/** Parameters of a path may be credentials, as `;jsessionid=` is, and addresses may name a user. */
function shown(text: string): string {
  return mayHoldSecret(text) ? maskedTarget(text) : text
}

function cut(text: string, limit: number): string {
  return text.length > limit ? text.slice(0, limit) : text
}

/** As it stands between the quotes of JSON. Nearly every text does as it is; looking is cheap. */
function escaped(text: string): string {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code < 0x20 || code === 0x22 || code === 0x5c || code > 0x7e) {
      return asciiJson(text).slice(1, -1)
    }
  }
  return text
}

/** Joined text is a tree, which would be walked for every line that holds it. */
function inOnePiece(ascii: string): string {
  return Buffer.from(ascii, 'latin1').toString('latin1')
}

/** As JSON in ASCII only: lines are measured by their length. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** Milliseconds with at most two decimals, as JSON; whole numbers are written faster than others. */
function rounded(ms: number): string {
  const hundredths = Math.round(ms * 100)
  const rest = hundredths % 100
  const whole = (hundredths - rest) / 100
  if (rest === 0) return `${whole}`
  if (rest % 10 === 0) return `${whole}.${rest / 10}`
  return rest < 10 ? `${whole}.0${rest}` : `${whole}.${rest}`
}

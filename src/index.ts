import { type Loaded, loadSettings } from './config/load.js'
import { type Problem, problemSentence } from './config/problem.js'
import { shownSettings } from './config/shown-settings.js'
import type { HeaderLine } from './observe/exchange-view.js'
import {
  type Explanation,
  explain as explainQuestion,
  type Question,
} from './observe/explanation.js'
import { decide as decideRequest } from './policy/decide.js'
import type { Decision } from './policy/decision.js'
import type { PolicySet, PolicySettings } from './policy/policy.js'
import {
  ownReplyHeaders,
  preflightAnswer,
  rewriteResponseHeaders,
} from './policy/response-headers.js'
import { asDocument, type Options } from './start/program-options.js'
import { type Circumstances, type HttpRequest, readRequest } from './start/program-request.js'
import { startSidecar } from './start/sidecar.js'
import { fieldPairs } from './terms/fields.js'

export type { Fix, NearMiss } from './policy/decision.js'
export { describe } from './policy/describe.js'
export type { Reason, Verdict } from './policy/reasons.js'
export { ListenError } from './serve/listen-error.js'
export type {
  Circumstances,
  Decision,
  Explanation,
  HeaderLine,
  HttpRequest,
  Options,
  Problem,
  Question,
}

/** A running sidecar. */
export interface Running {
  /** Where it listens, such as `http://127.0.0.1:8010`. */
  readonly url: string
  /** Where the admin port listens; undefined when it is off. */
  readonly adminUrl: string | undefined
  /** Finishes what is under way and stops; resolves when nothing of it is left. */
  close(): Promise<void>
}

/** What options say about CORS, compiled once for any number of requests. */
export interface Policy {
  readonly policies: PolicySet
  readonly settings: PolicySettings
}

/** An answer that the policy gives by itself. */
export interface Answer {
  readonly status: number
  readonly headers: readonly HeaderLine[]
}

/** Thrown for options that can't be run on; carries every problem, not only the first. */
export class ConfigurationError extends Error {
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    super(problems.map(problemSentence).join('\n'))
    this.name = 'ConfigurationError'
    this.problems = problems
  }
}

/**
 * Starts a sidecar with these options; neither variables nor files are read but those that an
 * option names. Rejects with a {@link ConfigurationError} that names every problem, or with a
 * {@link ListenError} when an address can't be listened on.
 */
export async function start(options: Options): Promise<Running> {
  const loaded = await load(options, true)
  const sidecar = await startSidecar(loaded, {
    isTerminal: false,
    settingsView: () => shownSettings(loaded.settings, loaded.provenance),
  })
  const { url, adminUrl } = sidecar
  return { url, adminUrl, close: () => sidecar.close() }
}

/** What is wrong with these options, warnings included; empty when there is nothing to say. */
export async function check(options: Options): Promise<readonly Problem[]> {
  const { problems } = await tryToLoad(options, true)
  return problems
}

/** Compiles the policy of these options, which need no upstream; rejects as {@link start} does. */
export async function compilePolicy(options: Options): Promise<Policy> {
  const { policies, settings } = await load(options, false)
  return { policies, settings }
}

/** What the policy says about a request. Nothing is sent, and nothing remembered. */
export function decide(
  { policies }: Policy,
  request: HttpRequest,
  circumstances: Circumstances = {},
): Decision {
  return decideRequest(policies, readRequest(request, circumstances))
}

/**
 * The answer to a request that must not go further: a preflight, or what `onDisallowed: block`
 * refuses. Undefined for everything else, which is yours to answer.
 */
export function ownAnswer(decision: Decision, request: HttpRequest): Answer | undefined {
  if (decision.action === 'forward') return undefined
  if (decision.action === 'answer') {
    const { status, headers } = preflightAnswer(decision, readRequest(request, {}))
    return { status, headers: fieldPairs(headers) }
  }
  const { policy } = decision
  return {
    status: 403,
    headers: fieldPairs(ownReplyHeaders(decision, { global: policy, paths: [] })),
  }
}

/**
 * The header lines of your answer as the page may see them: `Access-Control-*` replaced by what
 * the decision grants, and `Vary` completed.
 */
export function answerHeaders(
  decision: Decision,
  request: HttpRequest,
  headers: Iterable<HeaderLine> = [],
): HeaderLine[] {
  return fieldPairs(rewriteResponseHeaders(decision, readRequest(request, {}), [...headers].flat()))
}

/** What becomes of a made-up request, and of the preflight before it, step by step. JSON-safe. */
export function explain({ policies, settings }: Policy, question: Question): Explanation {
  return explainQuestion(policies, question, settings)
}

async function load(options: Options, needsUpstream: boolean): Promise<Loaded> {
  const loaded = await tryToLoad(options, needsUpstream)
  if (!loaded.ok) throw new ConfigurationError(loaded.problems)
  return loaded
}

/** The options stand where a configuration file would, and are checked by the same rules. */
function tryToLoad(options: Options, needsUpstream: boolean) {
  // Whatever the options say: a Node.js that was told to be careless is refused here too.
  const { NODE_OPTIONS, NODE_TLS_REJECT_UNAUTHORIZED } = process.env
  return loadSettings({
    document: asDocument(options),
    env: { NODE_OPTIONS, NODE_TLS_REJECT_UNAUTHORIZED },
    cwd: process.cwd(),
    isTerminal: false,
    needsUpstream,
  })
}

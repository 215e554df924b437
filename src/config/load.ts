// The whole way from what people wrote to what the program runs on.
import { createHash } from 'node:crypto'
import { resolve as resolvePath } from 'node:path'
import type { PolicySet } from '../policy/policy.js'
import type { Finding } from '../terms/finding.js'
import { flagName } from '../terms/option-names.js'
import { compilePolicies, type PolicyFinding } from './compile-policy.js'
import { crossCheck } from './cross-checks.js'
import { checkRuntime } from './environment-checks.js'
import { keepRunning } from './keep-running.js'
import type { OptionName, Settings } from './options.js'
import { hasErrors, type Problem } from './problem.js'
import { readSources, readTextFile } from './read-sources.js'
import { type ProvenanceOf, placeFinding, resolveSettings } from './resolve.js'
import { type Flags, imageVariable, type Variables } from './sources.js'
import type { ReadText } from './value-types.js'

export interface LoadInput {
  /** By flag name without dashes: text as typed, never interpreted by the parser. */
  readonly flags?: Flags
  /** Flags of a command's own, which a misspelt one may have been meant to be. */
  readonly otherFlags?: readonly string[]
  /** What stood on the command line without a flag. The first is the upstream. */
  readonly arguments?: readonly string[]
  readonly env: Variables
  /** Options that a program hands over. Where they are given, no other source is read. */
  readonly document?: unknown
  readonly cwd: string
  /** False where nothing is forwarded, so that no upstream is needed. */
  readonly needsUpstream?: boolean
  /** Whether a person watches the program. */
  readonly isTerminal: boolean
  readonly read?: ReadText
  /** What the program runs with, where it is not to be restarted. */
  readonly running?: Settings
  readonly execArgv?: readonly string[]
  readonly nodeVersion?: string
  readonly now?: number
}

interface LoadedFrom {
  /** Errors first, then warnings, then information. */
  readonly problems: readonly Problem[]
  readonly provenance: ProvenanceOf
  /** Absolute paths of the files that were read. */
  readonly files: readonly string[]
  /** All files that were looked for, and those among them that say something of an option. */
  readonly looked: readonly string[]
  readonly telling: readonly string[]
  /** Two looks with the same one have seen the same texts. */
  readonly fingerprint: string
}

/** Settings that can be run on, perhaps with warnings. */
export interface Loaded extends LoadedFrom {
  readonly ok: true
  readonly settings: Settings
  /** Options with another value now, which only a restart can give them. */
  readonly waiting: readonly OptionName[]
  readonly policies: PolicySet
  /** Whether this process has a `localhost` that no other program shares. */
  readonly isContainer: boolean
}

/** Settings without an error, or every problem there is. */
export type LoadResult = Loaded | (LoadedFrom & { readonly ok: false })

/** Reads, parses and checks everything. Pure apart from the reader; never throws for a bad value. */
export async function loadSettings(input: LoadInput): Promise<LoadResult> {
  const readFile = input.read ?? readTextFile
  const files: string[] = []
  const looked: string[] = []
  const seen = createHash('sha256')
  const read: ReadText = path => {
    const absolute = resolvePath(input.cwd, path)
    const result = readFile(absolute)
    looked.push(absolute)
    if ('text' in result) files.push(absolute)
    seen.update(JSON.stringify([absolute, result]))
    return result
  }
  const sources = await readSources({
    flags: input.flags ?? {},
    otherFlags: input.otherFlags ?? [],
    arguments: input.arguments ?? [],
    env: input.env,
    ...('document' in input ? { document: input.document } : {}),
    read,
  })
  const isImage = input.env[imageVariable] !== undefined
  const resolved = resolveSettings(sources, {
    isTerminal: input.isTerminal,
    isImage,
    env: input.env,
    listensAt: input.running?.listen,
    read,
  })
  // The containers of a pod share one localhost.
  const isContainer = isImage && input.env.KUBERNETES_SERVICE_HOST === undefined
  const { provenance, failed } = resolved
  const { settings, waiting } = keepRunning(resolved.settings, input.running)
  const now = input.now ?? Date.now()
  const isSet = (option: OptionName): boolean => provenance[option].kind !== 'default'
  const together = crossCheck(settings, {
    isSet,
    nameOf: option => (isSet(option) ? provenance[option].name : `--${flagName(option)}`),
    needsUpstream: input.needsUpstream !== false && sources.isWhole && !failed.has('routes'),
    isContainer,
    now,
  })
    // A value that could not be read is reported once, not again for what its default leads to.
    .filter(({ option }) => !failed.has(option))
    .map(({ option, ...finding }) => placeFinding(option, finding, provenance[option]))
  const compiled = compilePolicies(settings)
  const judgedPolicy = compiled.problems
    .filter(({ option, code }) => {
      return !failed.has(option) && (sources.isWhole || code !== 'origin-missing')
    })
    .map(problem => {
      const option = problem.path === undefined ? problem.option : 'paths'
      const placed = placeFinding(option, findingOf(problem, isSet(option)), provenance[option])
      const { related } = problem
      return related === undefined || !isSet(related)
        ? placed
        : { ...placed, related: provenance[related].name }
    })
  const problems = [
    ...checkRuntime({
      env: input.env,
      execArgv: input.execArgv ?? process.execArgv,
      nodeVersion: input.nodeVersion ?? process.versions.node,
      now,
    }),
    ...sources.problems,
    ...resolved.problems,
    ...judgedPolicy,
    ...together,
  ]
  const judged = inOrder(settings.strict ? problems.map(asError) : problems)
  const from = {
    problems: judged,
    provenance,
    files: [...new Set(files)],
    looked,
    telling: sources.telling.map(path => resolvePath(input.cwd, path)),
    fingerprint: seen.digest('hex'),
  }
  return hasErrors(judged)
    ? { ...from, ok: false }
    : { ...from, ok: true, settings, waiting, policies: compiled.policies, isContainer }
}

function findingOf(problem: PolicyFinding, isSet: boolean): Finding {
  const { option, path, related, ...rest } = problem
  const within = path === undefined ? {} : { within: `[${path}].${option}` }
  const finding = { ...rest, ...within }
  if (problem.code !== 'origin-missing') return finding
  // Left out, the list is safe and deserves a loud hint. Written out empty it is a mistake: in the
  // recipe that this program replaces, an empty list even allowed everybody.
  const advice =
    path === undefined
      ? 'Write the origins of your pages, like CORS_SIDECAR_ALLOW_ORIGINS=https://app.example.com'
      : 'Write the origins of your pages, or none to let nobody in.'
  return { ...finding, severity: isSet ? 'error' : finding.severity, advice }
}

const asError = (problem: Problem): Problem =>
  problem.severity === 'warning' ? { ...problem, severity: 'error' } : problem

// What is worth knowing about a value is not worth saying of one that is wrong.
const inOrder = (problems: readonly Problem[]): Problem[] => {
  const of = (wanted: Problem['severity']): Problem[] =>
    problems.filter(({ severity }) => severity === wanted)
  const errors = of('error')
  const infos = of('info').filter(({ name }) => !errors.some(wrong => wrong.name === name))
  return [...errors, ...of('warning'), ...infos]
}

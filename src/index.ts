import { resolve } from 'node:path'
import { loadSettings } from './config/load.js'
import { type Problem, problemSentence } from './config/problem.js'
import { readTextFile } from './config/read-sources.js'
import { shownSettings } from './config/shown-settings.js'
import { startSidecar } from './sidecar.js'

export { decide } from './policy/decide.js'
export type { Decision, Fix, NearMiss, PolicyRequest } from './policy/decision.js'
export type { Policy, PolicySet, PolicySettings } from './policy/policy.js'
export type { Reason, Verdict } from './policy/reasons.js'
export { ListenError } from './proxy-listener.js'
export type { Problem }

/** Options by their names, with the values that a configuration file may give them. */
export type Options = Readonly<Record<string, unknown>>

/** A running sidecar. */
export interface Running {
  /** Where it listens, such as `http://127.0.0.1:8010`. */
  readonly url: string
  /** Where the admin port listens; undefined when it is off. */
  readonly adminUrl: string | undefined
  /** Finishes what is under way and stops; resolves when nothing of it is left. */
  close(): Promise<void>
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
 * Starts a sidecar with these options, and with nothing from the environment or from files but
 * those that an option names. Rejects with a {@link ConfigurationError} that names every problem,
 * or with a `ListenError` when an address can't be listened on.
 */
export async function start(options: Options): Promise<Running> {
  const loaded = await load(options)
  const sidecar = await startSidecar(loaded, {
    isTerminal: false,
    settingsView: () => shownSettings(loaded.settings, loaded.provenance),
  })
  const { url, adminUrl } = sidecar
  return { url, adminUrl, close: () => sidecar.close() }
}

/** Compiles the policy of these options, for {@link decide}; rejects as {@link start} does. */
export async function compilePolicy(options: Options): Promise<Compiled> {
  const { policies } = await load(options)
  return policies
}

type Compiled = Awaited<ReturnType<typeof load>>['policies']

const documentName = 'options.json'

/** The options stand where a configuration file would, and are checked by the same rules. */
async function load(options: Options) {
  const cwd = process.cwd()
  const document = resolve(cwd, documentName)
  const loaded = await loadSettings({
    flags: { config: documentName },
    env: {},
    cwd,
    isTerminal: false,
    read: path => (path === document ? { text: JSON.stringify(options) } : readTextFile(path)),
  })
  if (!loaded.ok) throw new ConfigurationError(loaded.problems)
  return loaded
}

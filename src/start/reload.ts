import { createSecureContext } from 'node:tls'
import { isDeepStrictEqual } from 'node:util'
import type { LoadResult } from '../config/load.js'
import { type OptionName, optionNames, optionRow, type Settings } from '../config/options.js'
import { counted, problemSentence } from '../config/problem.js'
import type { Log } from '../observe/log.js'
import type { Metrics } from '../observe/metrics.js'
import { createFileWatch } from './file-watch.js'

/** A configuration without an error, as it was read. */
export type Loaded = Extract<LoadResult, { readonly ok: true }>

export interface ReloadContext {
  /** What runs now. */
  readonly running: Loaded
  /** Reads, checks and compiles the whole configuration again. */
  load(): Promise<LoadResult>
  /** Takes the new one in one step. Its options that need a restart are those that run now. */
  apply(next: Loaded): void | Promise<void>
  readonly log: Pick<Log, 'event'>
  readonly metrics: Pick<Metrics, 'configReloaded'>
}

export interface Reloader {
  /** Reloads once more; a call during a reload has one more follow it. */
  reload(): Promise<void>
  /** Stops watching files. */
  close(): void
}

/**
 * Reloads whole or not at all: a configuration with an error, or one that can't be applied, is
 * logged problem by problem and counted, and the running one stays.
 */
export function createReloader(context: ReloadContext): Reloader {
  const { log, metrics } = context
  let { running } = context
  let underway: Promise<void> | undefined
  let isAskedAgain = false
  let isClosed = false
  const watch = createFileWatch(() => reload())
  watch.follow(filesOf(running))

  const reload = (): Promise<void> => {
    isAskedAgain = true
    underway ??= reloadUntilQuiet().finally(() => {
      underway = undefined
    })
    return underway
  }

  const reloadUntilQuiet = async () => {
    while (isAskedAgain && !isClosed) {
      isAskedAgain = false
      await reloadOnce()
    }
  }

  const reloadOnce = async () => {
    watch.note()
    try {
      const read = await context.load()
      if (!read.ok) {
        reject(read.problems.filter(({ severity }) => severity === 'error').map(problemSentence))
        return
      }
      const { next, changed, kept } = combine(running, read)
      checkTls(next.settings)
      await context.apply(next)
      running = next
      metrics.configReloaded('success')
      for (const problem of next.problems) warn(problemSentence(problem))
      for (const option of kept) warn(`${option} has changed; restart to apply it.`)
      log.event('info', 'config-reloaded', { changed })
    } catch (error) {
      reject([error instanceof Error ? error.message : String(error)])
    }
    if (!isClosed) watch.follow(filesOf(running))
  }

  const warn = (msg: string) => log.event('warn', 'config-warning', { msg })

  const reject = (problems: readonly string[]) => {
    metrics.configReloaded('failure')
    log.event('error', 'config-rejected', {
      msg: `Kept the running configuration: the new one has ${counted(problems.length, 'problem')}.`,
      problems,
    })
  }

  return {
    reload,
    close() {
      isClosed = true
      watch.follow([])
    },
  }
}

/** The new settings, with the running value of every option that only a restart can change. */
function combine(running: Loaded, read: Loaded) {
  const differing = optionNames.filter(
    name => !isDeepStrictEqual(running.settings[name], read.settings[name]),
  )
  const isSwitchingTls =
    (running.settings.tlsCert === undefined) !== (read.settings.tlsCert === undefined)
  const kept = differing.filter(
    name => optionRow(name).reload === 'restart' || (isSwitchingTls && isTlsOption(name)),
  )
  const changed = differing.filter(name => !kept.includes(name))
  // Not only those that differ: the running upstreams are known by identity.
  const restartOnly = optionNames.filter(
    name => optionRow(name).reload === 'restart' || kept.includes(name),
  )
  const settings: Writable<Settings> = { ...read.settings }
  for (const name of restartOnly) copyValue(name, running.settings, settings)
  const next: Loaded = { ...read, settings }
  return { next, changed, kept }
}

type Writable<T> = { -readonly [Name in keyof T]: T[Name] }

function copyValue<Name extends OptionName>(
  name: Name,
  from: Settings,
  to: Writable<Pick<Settings, Name>>,
): void {
  to[name] = from[name]
}

function isTlsOption(name: OptionName): boolean {
  return name === 'tlsCert' || name === 'tlsKey'
}

/** Throws when certificate and key don't belong together, before anything was changed. */
function checkTls({ tlsCert, tlsKey }: Settings): void {
  if (tlsCert === undefined || tlsKey === undefined) return
  createSecureContext({ cert: tlsCert.text, key: tlsKey.text })
}

/** Everything that the settings were read from. */
function filesOf({ settings, files }: Loaded): string[] {
  return settings.watch ? [...files] : []
}

import { createSecureContext } from 'node:tls'
import { isDeepStrictEqual } from 'node:util'
import type { LoadResult } from '../config/load.js'
import { type OptionName, optionNames, type Settings } from '../config/options.js'
import { counted, problemSentence } from '../config/problem.js'
import type { Log } from '../observe/log.js'
import type { Metrics } from '../observe/metrics.js'
import { createFileWatch } from './file-watch.js'

/** A configuration without an error, as it was read. */
export type Loaded = Extract<LoadResult, { readonly ok: true }>

export interface ReloadContext {
  /** What runs now. */
  readonly running: Loaded
  /** Reads, checks and compiles it again, to run on as it is: what needs a restart stays. */
  load(running: Settings): Promise<LoadResult>
  /** Takes the new one in one step. */
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
      const read = await lookTwice()
      if (read === undefined) return
      if (!read.ok) {
        reject(read.problems.filter(({ severity }) => severity === 'error').map(problemSentence))
        return
      }
      const silent = silencedFiles(running, read)
      if (silent.length > 0) {
        reject(silent.map(file => `${file} has no settings any more; restart to run without it.`))
        return
      }
      checkTls(read.settings)
      const changed = changedOptions(running, read)
      await context.apply(read)
      running = read
      metrics.configReloaded('success')
      for (const problem of read.problems) {
        // Of the runtime all has been said at start.
        if (!saidElsewhere.has(problem.code)) warn(problemSentence(problem))
      }
      for (const option of read.waiting) warn(`${option} has changed; restart to apply it.`)
      log.event('info', 'config-reloaded', { changed })
    } catch (error) {
      reject([error instanceof Error ? error.message : String(error)])
    }
    if (!isClosed) watch.follow(filesOf(running))
  }

  /** What two looks in a row have seen alike; a file that is being written is not whole. */
  const lookTwice = async (): Promise<LoadResult | undefined> => {
    let before = await context.load(running.settings)
    for (let isTold = false; !isClosed; isTold = true) {
      await new Promise(resolve => setTimeout(resolve, betweenLooksMs))
      const now = await context.load(running.settings)
      if (now.fingerprint === before.fingerprint) return now
      if (!isTold) reject(['its files are still being written; they are read again soon.'])
      before = now
    }
    return undefined
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

/** At start, and by `check`. */
const saidElsewhere: ReadonlySet<string> = new Set(['unsafe-environment', 'every-host'])

/** Files that said something, and were looked for and say nothing now: emptied, or only comments. */
function silencedFiles(running: Loaded, read: Loaded): string[] {
  return running.telling.filter(file => read.looked.includes(file) && !read.telling.includes(file))
}

function changedOptions(running: Loaded, read: Loaded): OptionName[] {
  return optionNames.filter(name => !isDeepStrictEqual(running.settings[name], read.settings[name]))
}

/** Throws when certificate and key don't belong together, before anything was changed. */
function checkTls({ tlsCert, tlsKey }: Settings): void {
  if (tlsCert === undefined || tlsKey === undefined) return
  createSecureContext({ cert: tlsCert.text, key: tlsKey.text })
}

/** Longer than a program takes between two parts of a file that it writes. */
const betweenLooksMs = 300

/** Everything that the settings were read from. */
function filesOf({ settings, files }: Loaded): string[] {
  return settings.watch ? [...files] : []
}

import { closeSync, openSync } from 'node:fs'
import type { LoadResult } from '../config/load.js'
import type { Settings } from '../config/options.js'
import { type Problem, problemSentence } from '../config/problem.js'
import { shownSettings } from '../config/shown-settings.js'
import { ListenError } from '../serve/listen-error.js'
import { createReloader, type Loaded, type Reloader } from '../start/reload.js'
import { type Sidecar, startSidecar } from '../start/sidecar.js'
import { atLocalhost } from '../terms/loopback.js'
import { version } from '../terms/version.js'
import { banner } from './banner.js'
import { suggestionText } from './suggestion-text.js'

/** What is printed when it listens. */
export type Greeting = (isColoured: boolean) => string

/** What the program runs on, and how it looks to whoever started it. */
export interface RunInput {
  readonly loaded: Loaded
  /** Reads the whole configuration again, to run on. */
  readonly load: (running: Settings) => Promise<LoadResult>
  readonly isTerminal: boolean
  readonly isColoured: boolean
  readonly print: (text: string) => void
  readonly printError: (text: string) => void
  /** Printed when it listens, on a terminal or not, in place of the banner of terminals. */
  readonly greeting?: Greeting
  /** Prints, when it ends, the smallest policy that fits the traffic. */
  readonly suggests?: boolean
}

/**
 * Runs the proxy until a signal ends it. Resolves with the exit code: 0 after a stop begun by a
 * signal, 3 when it can't listen, 1 after a fault of its own.
 */
export async function run(input: RunInput): Promise<number> {
  const { promise: ended, resolve: end } = withResolvers<number>()
  // Before anything listens, so that a signal that comes early ends it in order as well.
  onSignals(code => stop(code))
  let running = input.loaded
  const starting = startSidecar(running, {
    isTerminal: input.isTerminal,
    isColoured: input.isColoured,
    learns: input.suggests === true,
    // Nobody asked for this very port, and the banner names the other.
    adminMayMove: input.isTerminal && running.provenance.adminListen.kind === 'default',
    settingsView: () => shownSettings(running.settings, running.provenance),
    onQuit: () => stop(0),
  })
  const reloading = starting.then(sidecar =>
    createReloader({
      running,
      load: input.load,
      apply: async next => {
        await sidecar.reload(next)
        running = next
      },
      log: sidecar.log,
      metrics: sidecar.metrics,
    }),
  )
  const removeHangUp = onHangUp(input.isTerminal, reloading)
  try {
    const sidecar = await starting
    const removeFaults = onFaults(sidecar, () => stop(1))
    await greet(sidecar, input)
    const code = await ended
    if (input.suggests === true) input.print(suggestionText(sidecar.suggest()))
    removeFaults()
    leaveIn(lastWordsMs, code)
    return code
  } catch (error) {
    if (!(error instanceof ListenError)) throw error
    input.printError(`cors-sidecar did not start: ${error.message}\n${listenAdvice(error)}\n`)
    return 3
  } finally {
    await removeHangUp()
  }

  function stop(code: number): void {
    starting
      .then(sidecar => sidecar.close())
      .then(
        () => end(code),
        (error: unknown) => {
          if (error instanceof ListenError) return
          input.printError(`cors-sidecar did not stop cleanly: ${String(error)}\n`)
          end(1)
        },
      )
  }
}

const lastWordsMs = 1_000

/** Text that waits for a reader who has stalled would keep the process for as long as he likes. */
function leaveIn(ms: number, code: number): void {
  setTimeout(() => process.exit(code), ms).unref()
}

async function greet(sidecar: Sidecar, input: RunInput): Promise<void> {
  const { log } = sidecar
  const { problems } = input.loaded
  const tell = (problem: Problem) =>
    log.event('warn', 'config-warning', { msg: problemSentence(problem) })
  for (const problem of problems) {
    if (!isOfRuntime(problem) && !isForCheck(problem)) tell(problem)
  }
  await printGreeting(sidecar, input)
  // Nobody came for the age of Node; it has its line behind what they came for.
  for (const problem of problems) if (isOfRuntime(problem)) tell(problem)
}

/** Every container listens on all addresses, and most are right to: nobody is stopped to read about it. */
const isForCheck = ({ code }: Problem): boolean => code === 'every-host'

const isOfRuntime = ({ code }: Problem): boolean => code === 'unsafe-environment'

async function printGreeting(sidecar: Sidecar, input: RunInput): Promise<void> {
  const { log } = sidecar
  if (input.greeting !== undefined) {
    await log.flush()
    input.print(input.greeting(input.isColoured))
    return
  }
  if (!input.isTerminal) return
  await log.flush()
  const { adminUrl, inspector } = sidecar
  const facts = {
    ...input.loaded,
    version,
    url: atLocalhost(sidecar.url),
    adminUrl: adminUrl === undefined ? undefined : atLocalhost(adminUrl),
    inspector: inspector === undefined ? undefined : atLocalhost(inspector),
    failures: await sidecar.upstreamFailures(),
  }
  input.print(banner(facts, input.isColoured))
}

const exitCodes: Partial<Record<NodeJS.Signals, number>> = { SIGINT: 130, SIGTERM: 143 }

// One Ctrl-C can arrive twice: the terminal signals every process of its group, and npm and npx pass
// their own copy on. Only what comes later than this is a second wish.
const sameKeyStrokeMs = 500

function isSameKeyStroke(signal: NodeJS.Signals, since: number): boolean {
  const isTyped = signal === 'SIGINT' && process.stdin.isTTY === true
  return isTyped && performance.now() - since < sameKeyStrokeMs
}

/**
 * The first signal begins an orderly stop, which exits with 0; a second one ends at once. It stays so
 * until the process is gone: the second copy of a Ctrl-C may come when all is drained already.
 */
function onSignals(stop: (code: number) => void): void {
  let stoppingSince: number | undefined
  const onSignal = (signal: NodeJS.Signals) => {
    if (stoppingSince === undefined) {
      stoppingSince = performance.now()
      stop(0)
    } else if (!isSameKeyStroke(signal, stoppingSince)) {
      process.exit(exitCodes[signal])
    }
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
}

/** SIGHUP reloads; when it came because the terminal was closed, the program ends in order. */
function onHangUp(isTerminal: boolean, reloading: Promise<Reloader>): () => Promise<void> {
  const onSignal = () => {
    if (isTerminal && !isTerminalOpen()) process.kill(process.pid, 'SIGTERM')
    else withReloader(reloader => reloader.reload())
  }
  // Without a reloader the start has failed, which is told by the start itself.
  const withReloader = (use: (reloader: Reloader) => void) => reloading.then(use, () => undefined)
  process.on('SIGHUP', onSignal)
  return () => {
    process.removeListener('SIGHUP', onSignal)
    return withReloader(reloader => reloader.close())
  }
}

function isTerminalOpen(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'))
    return true
  } catch {
    return false
  }
}

/** A fault that escaped every handler: say so, finish what can be finished, exit with 1. */
function onFaults({ log }: Sidecar, stop: () => void): () => void {
  const onFault = (error: unknown) => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    log.event('fatal', 'internal-error', { error: text })
    stop()
  }
  process.on('uncaughtException', onFault)
  process.on('unhandledRejection', onFault)
  return () => {
    process.removeListener('uncaughtException', onFault)
    process.removeListener('unhandledRejection', onFault)
  }
}

function listenAdvice({ address, option, code }: ListenError): string {
  if (address.startsWith('unix:')) {
    return code === 'EADDRINUSE'
      ? '  End the program that listens there. One that was killed leaves its socket behind: remove that file.'
      : '  Choose another path, in a directory that exists and that this user may write to.'
  }
  const flag = option === 'listen' ? '--listen' : '--admin-listen'
  const other = address.replace(/:\d+$/, ':8080')
  const off = option === 'listen' ? '' : ', or --admin-listen off'
  return `  Choose another address, such as ${flag} ${other}${off}.`
}

/** A promise and the function that settles it. */
function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  const settle: { resolve?: (value: T) => void } = {}
  const promise = new Promise<T>(resolve => {
    settle.resolve = resolve
  })
  return { promise, resolve: value => settle.resolve?.(value) }
}

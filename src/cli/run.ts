import type { Settings } from '../config/options.js'
import type { PolicySet } from '../policy/policy.js'
import { ListenError } from '../proxy-listener.js'
import { type Sidecar, startSidecar, version } from '../sidecar.js'
import { banner } from './banner.js'

/** What the program runs on, and how it looks to whoever started it. */
export interface RunInput {
  readonly settings: Settings
  readonly policies: PolicySet
  /** Warnings to log, already worded. */
  readonly warnings: readonly string[]
  /** The effective settings, secrets masked. */
  readonly settingsView: () => unknown
  readonly isTerminal: boolean
  readonly isColoured: boolean
}

/**
 * Runs the proxy until a signal ends it. Resolves with the exit code: 0 after a stop begun by a
 * signal, 3 when it can't listen, 1 after a fault of its own.
 */
export async function run(input: RunInput): Promise<number> {
  const { promise: ended, resolve: end } = withResolvers<number>()
  // Before anything listens, so that a signal that comes early ends it in order as well.
  const removeSignals = onSignals(code => stop(code))
  const starting = startSidecar(input, {
    isTerminal: input.isTerminal,
    isColoured: input.isColoured,
    settingsView: input.settingsView,
    onQuit: () => stop(0),
  })
  try {
    const sidecar = await starting
    const removeFaults = onFaults(sidecar, () => stop(1))
    await greet(sidecar, input)
    const code = await ended
    removeFaults()
    return code
  } catch (error) {
    if (!(error instanceof ListenError)) throw error
    process.stderr.write(`cors-sidecar did not start: ${error.message}\n${listenAdvice(error)}\n`)
    return 3
  } finally {
    removeSignals()
  }

  function stop(code: number): void {
    starting
      .then(sidecar => sidecar.close())
      .then(
        () => end(code),
        (error: unknown) => {
          if (error instanceof ListenError) return
          process.stderr.write(`cors-sidecar did not stop cleanly: ${String(error)}\n`)
          end(1)
        },
      )
  }
}

async function greet(sidecar: Sidecar, input: RunInput): Promise<void> {
  const { log } = sidecar
  for (const warning of input.warnings) log.event('warn', 'config-warning', { msg: warning })
  if (!input.isTerminal) return
  await log.flush()
  const { url, adminUrl } = sidecar
  const isUpstreamUp = await sidecar.isUpstreamUp()
  process.stdout.write(banner({ ...input, version, url, adminUrl, isUpstreamUp }, input.isColoured))
}

const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const

/** The first signal begins an orderly stop, which exits with 0; a second one ends at once. */
function onSignals(stop: (code: number) => void): () => void {
  let isStopping = false
  const onSignal = (signal: NodeJS.Signals) => {
    if (isStopping) process.exit(exitCodes[signal as keyof typeof exitCodes])
    isStopping = true
    stop(0)
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return () => {
    process.removeListener('SIGINT', onSignal)
    process.removeListener('SIGTERM', onSignal)
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

function listenAdvice({ address, option }: ListenError): string {
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

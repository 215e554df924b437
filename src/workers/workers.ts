import cluster, { type Worker } from 'node:cluster'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Settings } from '../config/options.js'
import type { Exchange } from '../observe/exchange.js'
import type { Log } from '../observe/log.js'
import type { Metrics } from '../observe/metrics.js'
import type { MetricsSnapshot } from '../observe/metrics-registry.js'
import type { PolicySet } from '../policy/policy.js'
import { ListenError } from '../serve/listen-error.js'
import type { Configuration } from '../serve/serving.js'
import type { FromWorker, SentExchange, ToWorker, WorkerAnswer } from './messages.js'
import { createRestarts } from './restarts.js'

/** Several processes that serve as one. */
export interface WorkerGroup {
  readonly url: string
  readonly isDraining: boolean
  /** Resolves when every worker serves by it; rejects when one can't. */
  reload(next: Configuration): Promise<void>
  /** What each worker has counted. */
  snapshots(): Promise<MetricsSnapshot[]>
  /** Has every worker drain and exit; resolves when they have. */
  close(): Promise<void>
}

export interface WorkerContext {
  readonly log: Log
  readonly metrics: Metrics
  readonly isTerminal: boolean
  readonly isColoured: boolean
  readonly remember?: (exchange: Exchange) => void
}

/** Longer than draining may take by its own limits; a worker that is stuck is killed then. */
const drainGraceMs = 3000
/** A worker that does not answer is left out of the sum, and does not hold up a reload. */
const answerMs = 5000

function workerCount({ workers }: Settings): number {
  return workers === 'auto' ? availableParallelism() : workers
}

/** Starts the workers; resolves when all listen, rejects when they can't. */
export async function startWorkers(
  first: Configuration,
  context: WorkerContext,
): Promise<WorkerGroup> {
  const { log, metrics } = context
  cluster.setupPrimary({
    exec: fileURLToPath(new URL('./process.js', import.meta.url)),
    args: [],
    serialization: 'advanced',
  })
  const workers = new Set<Worker>()
  const questions = createQuestions()
  const restarts = createRestarts(() => launch().catch(() => undefined))
  let configuration = first
  let closing: Promise<void> | undefined

  const orders = (): ToWorker => ({
    kind: 'start',
    settings: configuration.settings,
    isContainer: configuration.isContainer,
    isTerminal: context.isTerminal,
    isColoured: context.isColoured,
    tellsExchanges: context.remember !== undefined,
  })

  const launch = (): Promise<string> => {
    const worker = cluster.fork()
    workers.add(worker)
    const began = performance.now()
    return new Promise((resolve, reject) => {
      worker.on('message', (message: FromWorker) => {
        if (message.kind === 'ready') tell(worker, orders())
        else if (message.kind === 'listening') resolve(message.url)
        else if (message.kind === 'listen-failed') reject(listenErrorOf(message))
        else if (message.kind === 'exchanges') {
          for (const exchange of message.exchanges) {
            context.remember?.(received(exchange, configuration.policies))
          }
        } else questions.answer(message.question, message.answer)
      })
      worker.on('exit', (code, signal) => {
        workers.delete(worker)
        reject(new Error(`a worker exited with ${signal ?? code} before it listened`))
        if (closing !== undefined) return
        metrics.workerEnded()
        log.event('error', 'worker-ended', { pid: worker.process.pid, code, signal })
        restarts.plan(performance.now() - began)
      })
    })
  }

  /** Has every worker serve by these settings; the problem of one that can't, if any. */
  const swap = async (settings: Settings): Promise<string | undefined> => {
    const answers = await questions.ask(workers, question => ({
      kind: 'reload',
      settings,
      question,
    }))
    return answers.flatMap(answer => ('problem' in answer ? (answer.problem ?? []) : []))[0]
  }

  const close = async () => {
    const { shutdownDelay, shutdownTimeout } = configuration.settings
    restarts.stop()
    metrics.setDraining(true)
    log.event('info', 'draining', { delayMs: shutdownDelay, timeoutMs: shutdownTimeout })
    const all = [...workers].map(
      worker =>
        new Promise<void>(resolve => {
          worker.on('exit', () => resolve())
          tell(worker, { kind: 'drain' })
          const stuck = () => worker.process.kill('SIGKILL')
          const timer = setTimeout(stuck, shutdownDelay + shutdownTimeout + drainGraceMs)
          worker.on('exit', () => clearTimeout(timer))
        }),
    )
    await Promise.all(all)
    log.event('info', 'drained')
  }

  // A second signal ends this process at once, and that means all of them.
  process.once('exit', () => {
    for (const worker of workers) worker.process.kill('SIGKILL')
  })

  const [url = ''] = await Promise.all(
    Array.from({ length: workerCount(first.settings) }, launch),
  ).catch((error: unknown) => {
    closing = Promise.resolve()
    for (const worker of workers) worker.process.kill('SIGKILL')
    throw error
  })

  return {
    url,
    get isDraining() {
      return closing !== undefined
    },
    async reload(next) {
      const previous = configuration
      // A worker that starts meanwhile serves by the new one.
      configuration = next
      const problem = await swap(next.settings)
      if (problem === undefined) return
      configuration = previous
      await swap(previous.settings)
      throw new Error(problem)
    },
    async snapshots() {
      const answers = await questions.ask(workers, question => ({ kind: 'snapshot', question }))
      return answers.filter((answer): answer is MetricsSnapshot => Array.isArray(answer))
    },
    close() {
      closing ??= close()
      return closing
    },
  }
}

/** Asks all workers the same and collects what they answer. */
function createQuestions() {
  const open = new Map<number, (answer: WorkerAnswer) => void>()
  let last = 0
  return {
    answer(question: number, answer: WorkerAnswer) {
      open.get(question)?.(answer)
    },
    async ask(
      workers: Iterable<Worker>,
      message: (question: number) => ToWorker,
    ): Promise<WorkerAnswer[]> {
      const asked = [...workers].map(worker => {
        const question = ++last
        return new Promise<WorkerAnswer | undefined>(resolve => {
          const settle = (answer: WorkerAnswer | undefined) => {
            clearTimeout(timer)
            worker.off('exit', gone)
            open.delete(question)
            resolve(answer)
          }
          const timer = setTimeout(settle, answerMs, undefined)
          open.set(question, settle)
          const gone = () => settle(undefined)
          worker.once('exit', gone)
          tell(worker, message(question))
        })
      })
      return (await Promise.all(asked)).filter(answer => answer !== undefined)
    },
  }
}

function tell(worker: Worker, message: ToWorker): void {
  // One that has gone meanwhile is replaced, and its replacement knows all that matters.
  if (worker.isConnected()) worker.send(message)
}

function received({ decision, ...exchange }: SentExchange, policies: PolicySet): Exchange {
  const { match, ...rest } = decision
  const policy = policies.paths.find(one => one.match === match) ?? policies.global
  return { ...exchange, decision: { ...rest, policy, parts: undefined } }
}

function listenErrorOf({
  address,
  code,
  message,
}: Extract<FromWorker, { kind: 'listen-failed' }>): ListenError {
  const cause = Object.assign(new Error(message), code === undefined ? {} : { code })
  return new ListenError(address, 'listen', cause)
}

// A worker: one process that serves, and does what the primary tells it. It handles no signals;
// those of the terminal reach every process of the group, and the primary decides for all.
import { compilePolicies } from '../config/compile-policy.js'
import type { Settings } from '../config/options.js'
import type { Exchange } from '../observe/exchange.js'
import { createLog, type Log } from '../observe/log.js'
import { createMetrics, type Metrics } from '../observe/metrics.js'
import { ListenError } from '../serve/listen-error.js'
import { type ListeningProxy, startProxy } from '../serve/listener.js'
import { version } from '../terms/version.js'
import type { FromWorker, SentExchange, ToWorker } from './messages.js'

/** Exchanges are told of in batches: a message costs more than what is in it. */
const batchMs = 50
const batchLimit = 1000

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)

let working: Promise<Worker> | undefined
process.on('message', (message: ToWorker) => {
  if (message.kind === 'start') working = start(message)
  else if (working !== undefined) working.then(worker => worker.obey(message))
  else if (message.kind === 'drain') process.exit(0)
})
tell({ kind: 'ready' })
// Without the primary nobody could stop or reload this process any more.
process.on('disconnect', () => working?.then(worker => worker.end(0)))

interface Worker {
  obey(message: Exclude<ToWorker, { kind: 'start' }>): void
  end(code: number): void
}

type StartOrder = Extract<ToWorker, { kind: 'start' }>

async function start(message: StartOrder): Promise<Worker> {
  const { settings, isTerminal, isColoured } = message
  const metrics = createMetrics({ version, isWorker: true })
  const log = await createLog({
    level: settings.logLevel,
    format: settings.logFormat,
    requests: settings.logRequests,
    isTerminal,
    isColoured,
    onDropped: lines => metrics.logLinesDropped(lines),
  })
  const proxy = await listenOrTell(message, log, metrics)
  const worker = createWorker(message, proxy, log, metrics)
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
      log.event('fatal', 'internal-error', { error: text })
      worker.end(1)
    })
  }
  tell({ kind: 'listening', url: proxy.url })
  return worker
}

async function listenOrTell(
  { settings, isContainer, tellsExchanges }: StartOrder,
  log: Log,
  metrics: Metrics,
): Promise<ListeningProxy> {
  try {
    const { policies } = compilePolicies(settings)
    const remember = tellsExchanges ? { remember: createTeller() } : {}
    return await startProxy(
      { settings, policies, isContainer },
      { log: withoutDrain(log), metrics, ...remember },
    )
  } catch (error) {
    if (!(error instanceof ListenError)) throw error
    const { address, code, message } = error
    tell({ kind: 'listen-failed', address, code, message }, () => process.exit(1))
    return new Promise(() => undefined)
  }
}

function createWorker(
  { isContainer }: StartOrder,
  proxy: ListeningProxy,
  log: Log,
  metrics: Metrics,
): Worker {
  const end = (code: number) => {
    proxy
      .close()
      .then(() => log.flush())
      .then(() => process.exit(code))
  }
  const reload = (settings: Settings) => {
    const { policies } = compilePolicies(settings)
    proxy.reloadTls(settings)
    proxy.reload({ settings, policies, isContainer })
    log.setLevel(settings.logLevel)
    log.setRequests(settings.logRequests)
  }
  return {
    end,
    obey(message) {
      if (message.kind === 'drain') {
        end(0)
        return
      }
      const { question } = message
      if (message.kind === 'snapshot') {
        metrics.snapshot().then(answer => tell({ kind: 'answer', question, answer }))
        return
      }
      tell({
        kind: 'answer',
        question,
        answer: { problem: problemOf(() => reload(message.settings)) },
      })
    },
  }
}

function problemOf(action: () => void): string | undefined {
  try {
    action()
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** One line about the drain is enough; the primary writes it. */
function withoutDrain(log: Log): Log {
  return {
    ...log,
    event(level, name, fields) {
      if (name !== 'draining' && name !== 'drained') log.event(level, name, fields)
    },
  }
}

function createTeller(): (exchange: Exchange) => void {
  let batch: SentExchange[] = []
  const send = () => {
    tell({ kind: 'exchanges', exchanges: batch })
    batch = []
  }
  return exchange => {
    if (batch.length === 0) setTimeout(send, batchMs)
    if (batch.length < batchLimit) batch.push(sendable(exchange))
  }
}

function sendable({ decision, ...exchange }: Exchange): SentExchange {
  const { policy, parts: _, ...rest } = decision
  return { ...exchange, decision: { ...rest, match: policy.match } }
}

function tell(message: FromWorker, sent: () => void = () => undefined): void {
  // A primary that has gone is noticed by the disconnect.
  if (process.connected) process.send?.(message, sent)
}

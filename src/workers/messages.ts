import type { Settings } from '../config/options.js'
import type { Exchange } from '../observe/exchange.js'
import type { MetricsSnapshot } from '../observe/metrics-registry.js'
import type { Decision } from '../policy/decision.js'

/** What the primary process tells a worker. */
export type ToWorker =
  | {
      readonly kind: 'start'
      readonly settings: Settings
      readonly isContainer: boolean
      readonly isTerminal: boolean
      readonly isColoured: boolean
      /** Whether exchanges are to be told of. */
      readonly tellsExchanges: boolean
    }
  | { readonly kind: 'reload'; readonly settings: Settings; readonly question: number }
  | { readonly kind: 'snapshot'; readonly question: number }
  | { readonly kind: 'drain' }

/** What a worker tells the primary process. */
export type FromWorker =
  /** It hears now: what is sent before a process has a listener is lost. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'listening'; readonly url: string }
  | {
      readonly kind: 'listen-failed'
      readonly address: string
      readonly code: string | undefined
      readonly message: string
    }
  | { readonly kind: 'exchanges'; readonly exchanges: readonly SentExchange[] }
  | { readonly kind: 'answer'; readonly question: number; readonly answer: WorkerAnswer }

/** To a question: the problem of a reload, if any, or the metrics that were asked for. */
export type WorkerAnswer = { readonly problem: string | undefined } | MetricsSnapshot

/**
 * An exchange on its way between processes. Policies hold functions, which can't be sent: a path
 * prefix names the one that judged, and both sides have compiled the same ones. The parts of a
 * decision were for writing the response, which has been sent.
 */
export interface SentExchange extends Omit<Exchange, 'decision'> {
  readonly decision: Omit<Decision, 'policy' | 'parts'> & { readonly match: string }
}

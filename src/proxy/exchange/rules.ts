import type { ReadingRules } from '../http1/response-sink.js'
import type { HeadRules } from '../message/request-head.js'
import type { UpstreamRequestRules } from '../message/upstream-request.js'
import type { ResponseRules } from '../message/upstream-response.js'
import type { WaitRules } from './wait.js'

/** What an exchange needs to know of the settings. Times in milliseconds, 0 for none. */
export interface ExchangeRules extends HeadRules, UpstreamRequestRules, ResponseRules, WaitRules {
  readonly websockets: boolean
  readonly reading: ReadingRules
  readonly connectTimeout: number
  readonly upstreamTimeout: number
  readonly upstreamIdleTimeout: number
  /** Without a byte in either direction of an open upgrade. */
  readonly upgradeIdleTimeout: number
  readonly retries: boolean
  /** Whether this process has a `localhost` that no other program shares. */
  readonly isContainer: boolean
  /** Adds `X-Cors-Sidecar` with the verdict and the reason. */
  readonly debugHeaders: boolean
}

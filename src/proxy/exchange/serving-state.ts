import type { Exchange } from '../../observe/exchange.js'
import type { PolicySet } from '../../policy/policy.js'
import type { UpstreamRepair } from '../../terms/upstream-repair.js'
import type { UpstreamPools } from '../http1/pools.js'
import type { Route } from '../message/route.js'
import type { Door } from './admission.js'
import type { ExchangeRules } from './rules.js'

/** Everything that a request is served by; replaced in one step on reload. */
export interface ServingState {
  readonly rules: ExchangeRules
  readonly policies: PolicySet
  readonly routes: readonly Route[]
  readonly base: ServingBase
}

/** What outlives a reload. */
export interface ServingBase {
  readonly pools: UpstreamPools
  readonly admission: Door
  readonly events: ExchangeEvents
}

/** What the request path tells of itself. */
export interface ExchangeEvents {
  /** An exchange has begun; it will be recorded when it ends. */
  readonly onBegun: () => void
  /** An exchange has ended. */
  readonly record: (exchange: Exchange) => void
  /** A fault of ours, in an exchange or before there was one: others go on. */
  readonly onInternalError: (error: unknown, exchange?: Exchange) => void
  /** Something in an upstream's response was repaired. */
  readonly onUpstreamRepaired: (what: UpstreamRepair, exchange: Exchange) => void
  /** A connection was kept for its client from now on, or for one request that may be anybody's. */
  readonly onLoginByConnection: (kept: 'bound' | 'alone') => void
  readonly onUpgradeOpened: (exchange: Exchange) => void
  readonly onUpgradeClosed: () => void
}

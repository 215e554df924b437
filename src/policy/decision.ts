import type { IsolationMode } from './isolation-modes.js'
import type { Policy } from './policy.js'
import type { Reason, Verdict } from './reasons.js'

/** What the policy needs to know of one request. Plain data, read once from the request head. */
export interface PolicyRequest {
  readonly method: string
  /** The request target in origin form, query included, bytes as received; or `*`. */
  readonly target: string
  /** All `Origin` lines joined by `, `; undefined when there is none. */
  readonly origin: string | undefined
  /** `Access-Control-Request-Method`, lines joined by `, `. */
  readonly requestMethod: string | undefined
  /** `Access-Control-Request-Headers`, lines joined by `,`. */
  readonly requestHeaders: string | undefined
  /** `Access-Control-Request-Private-Network`. */
  readonly requestPrivateNetwork: string | undefined
  readonly secFetchSite: string | undefined
  /** The `Host` that the client sent, port included when it sent one. */
  readonly host: string | undefined
  /** Whether that is a name which this server does not answer to. */
  readonly isForeignHost?: boolean
  /** The scheme that the client used to reach us, or a trusted hop says it used. */
  readonly scheme: 'http' | 'https'
  /** True for a WebSocket upgrade. */
  readonly isUpgrade: boolean
  /** Flat name/value pairs as received; read only when `originFallback` names a header. */
  readonly rawHeaders: readonly string[]
}

/** In what a refused value differs from one that would be allowed. */
export interface NearMiss {
  readonly differs:
    | 'scheme'
    | 'port'
    | 'case'
    | 'trailing-slash'
    | 'trailing-dot'
    | 'default-port'
    | 'apex'
    | 'subdomain'
    | 'www'
    | 'typo'
  /** The configured entry or name it nearly matched. For the operator, never for the client. */
  readonly entry: string
}

/** One option and the value to add to its list. */
export interface Addition {
  readonly option: string
  readonly value: string
}

/** The change that would allow what was refused. */
export interface Fix extends Addition {
  /** What would be refused next without it. */
  readonly also?: readonly Addition[]
}

/** What the policy says about one request. Plain data: nothing here has been sent yet. */
export interface Decision {
  readonly kind: 'preflight' | 'actual' | 'upgrade'
  readonly verdict: Verdict
  readonly reason: Reason
  /** What to do with the request. A preflight is `answer`ed when the policy says so, allowed or refused. */
  readonly action: 'forward' | 'answer' | 'block'
  /** The policy that judged it. */
  readonly policy: Policy
  /** The origin that was judged: the request's own, or the one `originFallback` supplied. */
  readonly origin: string | undefined
  /** The allow-list entry that matched, as configured. */
  readonly rule: string | undefined
  /** The one value that caused a refusal: origin, method or header name. */
  readonly subject: string | undefined
  /** Value of `Access-Control-Allow-Origin`; undefined sends none. */
  readonly allowOrigin: string | undefined
  /** Whether `Access-Control-Allow-Credentials: true` goes with it. */
  readonly credentials: boolean
  /** Where isolation only reports: the mildest mode of it that would refuse the request. */
  readonly reported?: IsolationMode
  /** What each policy says, where a request could fall under several; else undefined. */
  readonly parts: NonEmpty<Decision> | undefined
}

export type NonEmpty<Item> = readonly [Item, ...Item[]]

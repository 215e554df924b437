// What the admin port is given from above.
import type { Check } from './health.js'
import type { InspectorContext } from './inspector.js'

/** A made-up request to judge, as the query of `/explain` gives it. */
export interface ExplainQuestion {
  readonly origin: string | undefined
  readonly method: string | undefined
  readonly headers: string | undefined
  readonly path: string | undefined
  readonly isUpgrade: boolean
}

/** Everything the admin port shows or does, handed down from above; asked anew each time. */
export interface AdminContext {
  version(): unknown
  adminToken(): string | undefined
  /** True once the proxy listens. */
  isStarted(): boolean
  isDraining(): boolean
  /** What readiness looks at besides; empty unless `readyCheckUpstream` is set. */
  readinessChecks(): Promise<readonly Check[]>
  metrics(): Promise<{ readonly contentType: string; readonly text: string }>
  /** The effective settings with secrets masked. */
  settings(): unknown
  explain(question: ExplainQuestion): unknown
  suggest(): unknown
  /** Undefined when `inspect` is off. */
  inspector(): InspectorContext | undefined
  isQuitAllowed(): boolean
  /** Begins the same shutdown as SIGTERM. */
  quit(): void
  /** Told what a handler threw: a bug, and never shown to the client. */
  failed(error: unknown): void
}

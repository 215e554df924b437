// What the admin port is given from above.
import type { Question } from '../policy/made-up-request.js'
import type { Check } from './health.js'
import type { InspectorContext } from './inspector.js'

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
  explain(question: Question): unknown
  suggest(): unknown
  /** Undefined when `inspect` is off. */
  inspector(): InspectorContext | undefined
  isQuitAllowed(): boolean
  /** Begins the same shutdown as SIGTERM. */
  quit(): void
  /** Told what a handler threw: a bug, and never shown to the client. */
  failed(error: unknown): void
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Asker } from './access.js'

/** A request that its route answers. */
export interface AdminRequest {
  readonly path: string
  readonly query: URLSearchParams
  readonly asker: Asker
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

export interface AdminRoute {
  readonly method: 'GET' | 'POST'
  /** Ends in `/*` for everything below it. */
  readonly path: string
  /** `open` to anyone, `private` to this machine and the token, `local` to this machine alone. */
  readonly access: 'open' | 'private' | 'local'
  /** One line for the index; without it the index leaves the address out. */
  readonly says?: string
  /** What to do to switch it on, while it is off. */
  off?(): string | undefined
  answer(request: AdminRequest): void | Promise<void>
}

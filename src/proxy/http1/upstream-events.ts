import type { Duplex } from 'node:stream'
import type { UpstreamFailure } from '../../terms/upstream-failure.js'
import type { UpstreamRepair } from '../../terms/upstream-repair.js'
import type { ResponseHead } from '../message/response-head.js'

/** What a connection reads from and writes to: a socket, or a tunnel through a proxy. */
export interface UpstreamSocket extends Duplex {
  setKeepAlive(enable: boolean, delayMs: number): unknown
}

/** What becomes of a request at the upstream. */
export interface UpstreamEvents {
  /** The connection stands. Called at once when it stood before. */
  onConnected(): void
  /** The whole request has been written. */
  onSent(): void
  /** Something in the response was repaired; told once for each kind. */
  onRepair(what: UpstreamRepair): void
  /** An interim response (1xx). */
  onInterim(head: ResponseHead): void
  onHead(head: ResponseHead): void
  /** A piece of the response body; its bytes may be overwritten once this returns. */
  onBody(piece: Buffer): void
  /** The response is whole; `trailers` is name and value in turn. */
  onEnd(trailers: readonly string[]): void
  /** The upstream speaks another protocol on `socket` from here on; `early` came already. */
  onSwitch(head: ResponseHead, socket: UpstreamSocket, early: Buffer): void
  /** The upstream sent what is no response. */
  onFault(detail: string, failure: UpstreamFailure): void
  /**
   * The connection ended, or could not be made, with the exchange unfinished. `hadBytes`: some of
   * the response had come.
   */
  onLost(error: Error | undefined, hadBytes: boolean): void
  /** A fault of ours while one of the others was called. */
  onThrown(error: unknown): void
}

/** What the sender of a request body hears. */
export interface SendEvents {
  /** The connection takes bytes again. */
  onDrain(): void
  /** Nobody is there any more to send to. */
  onGone(): void
}

/** Bytes that stay as they are until they are let go of. */
export interface KeptBytes {
  readonly bytes: Buffer
  readonly letGo: () => void
}

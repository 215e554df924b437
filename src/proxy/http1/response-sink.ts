import type { UpstreamFailure } from '../../terms/upstream-failure.js'
import type { UpstreamRepair } from '../../terms/upstream-repair.js'
import type { ResponseHead } from '../message/response-head.js'

/** Hears what the bytes of one response mean, in the order in which they came. */
export interface ResponseSink {
  /** Something was repaired; told once for each kind. */
  onRepair(what: UpstreamRepair): void
  /** An interim response: 1xx, but no switch of protocols. */
  onInterim(head: ResponseHead): void
  onHead(head: ResponseHead): void
  /** A piece of the body; its bytes may be overwritten once this returns. */
  onBody(piece: Buffer): void
  /** The response is whole; `trailers` is laid out like `fields`. */
  onEnd(trailers: readonly string[]): void
  /** 101, or a tunnel: what follows is another protocol, `early` the part of it that has come already. */
  onSwitch(head: ResponseHead, early: Buffer): void
  /** The bytes are no response that can be relayed. Nothing is read after this. */
  onFault(detail: string, failure: UpstreamFailure): void
}

/** How much is read, and how strictly. */
export interface ReadingRules {
  /** The longest head or trailer section, in bytes. */
  readonly maxHeadSize: number
  /** Whether what could be repaired is a fault, too. */
  readonly isStrict: boolean
}

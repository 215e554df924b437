import type { Socket } from 'node:net'
import type { ReceivedHead } from '../message/request-head.js'

/**
 * The other end of one exchange, over HTTP/1 or HTTP/2; which of them is chosen once, at the door.
 * It is what has been received of the request, and what the response is written to.
 */
export interface Client extends ReceivedHead {
  /** The connection under an upgrade; undefined for an ordinary request. */
  readonly upgrade: UpgradeClient | undefined

  /** Whether all of the request has been read. */
  readonly hasSentAll: boolean
  /** Flat name/value pairs that came behind the body. */
  readonly trailers: readonly string[]
  /** Reads the body, piece by piece; `onEnd` is called once when it is whole. */
  readBody(onPiece: (piece: Buffer) => void, onEnd: () => void): void
  pauseBody(): void
  resumeBody(): void
  /** Hears no more of the body; what still comes is thrown away. */
  dropBody(): void
  /** What frees a piece of the body that nobody needs any more; undefined where that must not be. */
  freeing(piece: Buffer): (() => void) | undefined
  /** Asks for the body that the client announced (RFC 9110, 10.1.1). */
  sendContinue(): void

  /** Whether the final head has been handed over: nothing else can be answered any more. */
  readonly isAnswered: boolean
  /** Whether the response has been ended, or nobody is there to take more of it. */
  readonly isEnded: boolean
  /** Whether all of the response has been handed to the system. */
  readonly isFinished: boolean
  /** Whether the connection ends with this response. */
  readonly isLast: boolean
  /** Whether no earlier response on its connection is in the way of this one. */
  readonly isItsTurn: boolean
  /** Calls back when it is its turn. */
  onTurn(listener: () => void): void
  /** The connection ends with this response, where it carries one exchange at a time. */
  endAfter(): void
  /** So it does, and what the client still sends is read and thrown away for a moment. */
  lingerAfter(): void
  /** Sends an interim response (1xx); flat name/value pairs. */
  writeInterim(status: number, fields: readonly string[]): void
  /** Hands over the final head with case, order and repeats kept. Throws when it can't be sent. */
  writeHead(status: number, reason: string | undefined, fields: string[]): void
  /** Sends the head if it still waits for the start of the body. */
  flushHead(): void
  /** False when more should wait for `onDrain`. Calls `sent` when it needs the piece no more. */
  write(piece: Buffer, sent: () => void): boolean
  onDrain(listener: () => void): void
  /** Ends the response with the whole of a small body, which may be overwritten afterwards. */
  endWith(body: Buffer): void
  end(): void
  /** Adds trailers to a response that can carry them. */
  writeTrailers(trailers: readonly (readonly [string, string])[]): void
  /** Calls back once when the exchange has ended here; `isWhole`: the client was sent all of it. */
  onClosed(listener: (isWhole: boolean) => void): void
  /** Ends the exchange so that the client asks again over HTTP/1.1; over that there is nothing to do. */
  askForHttp1(): void
  /** Whether it gave the exchange up in a way of which no event tells; looked at on each tick. */
  readonly hasLeft: boolean
  /** Ends what carries the exchange at once, so that the client sees the break. */
  cut(): void

  /** Bytes that the system has taken of what its connection wrote; -1 when that has gone. */
  handedOver(): number
  /** The inode of the connection's socket, by which the system tells of it; 0 for none. */
  inode(): number
  /** What grows as the client takes more, given what it has taken of its whole connection. */
  progress(takenOfConnection: number): number
}

/** An upgrade's client side: the connection itself and what it sent before it was opened. */
export interface UpgradeClient {
  readonly socket: Socket
  readonly head: Buffer
  /** Bytes that arrived behind the head while the upstream was asked. */
  readonly early: Buffer[]
  /** Whether the client has ended its side already. */
  hasEnded: boolean
  /** Leaves the socket to whoever carries its bytes from now on. */
  letGo(): void
}

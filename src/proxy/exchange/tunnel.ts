import type { Duplex } from 'node:stream'
import { FairShare } from '../tuning/fair-share.js'
import { freeing } from '../tuning/free-memory.js'

/** What a tunnel tells of itself. */
export interface TunnelEvents {
  readonly countUp: (bytes: number) => void
  readonly countDown: (bytes: number) => void
  /** Both connections have closed. Called once. */
  readonly onClosed: () => void
}

/** How long the last bytes may take to a side that does not read. */
const SEND_MS = 5_000

/**
 * Carries bytes both ways between two connections until both directions have ended: with
 * back-pressure, half-close, and the end of one by an error ending the other.
 */
export function tunnel(client: Duplex, upstream: Duplex, events: TunnelEvents): void {
  let open = 2
  const closed = () => {
    open--
    if (open === 0) events.onClosed()
  }
  carry(client, upstream, events.countUp)
  carry(upstream, client, events.countDown)
  bindFates(client, upstream, closed)
  bindFates(upstream, client, closed)
}

function carry(from: Duplex, to: Duplex, count: (bytes: number) => void): void {
  const share = new FairShare()
  const goOn = () => share.goOn(() => from.resume())
  from.on('data', (chunk: Buffer) => {
    count(chunk.length)
    share.use(chunk.length)
    const takesMore = to.write(chunk, freeing(chunk))
    if (takesMore && !share.isUsedUp) return
    from.pause()
    if (takesMore) goOn()
  })
  to.on('drain', goOn)
  from.on('end', () => to.end())
}

function destroyOnceSent(stream: Duplex): void {
  if (stream.writableFinished || stream.destroyed) {
    stream.destroy()
    return
  }
  stream.once('finish', () => stream.destroy())
  setTimeout(() => stream.destroy(), SEND_MS).unref()
}

function bindFates(one: Duplex, other: Duplex, closed: () => void): void {
  one.on('error', () => one.destroy())
  one.on('close', () => {
    closed()
    // Ended both ways is a clean close: the other side gets what is still on its way to it. It has
    // nobody left to talk to, and one that never ends its half must not stay for that.
    if (one.readableEnded && one.writableFinished) destroyOnceSent(other)
    else other.destroy()
  })
}

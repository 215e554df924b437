import type { Duplex } from 'node:stream'

/** What a tunnel tells of itself. */
export interface TunnelEvents {
  readonly countUp: (bytes: number) => void
  readonly countDown: (bytes: number) => void
  /** Both connections have closed. Called once. */
  readonly onClosed: () => void
}

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
  from.on('data', (chunk: Buffer) => {
    count(chunk.length)
    if (!to.write(chunk)) from.pause()
  })
  to.on('drain', () => from.resume())
  from.on('end', () => to.end())
}

function bindFates(one: Duplex, other: Duplex, closed: () => void): void {
  one.on('error', () => one.destroy())
  one.on('close', () => {
    closed()
    // Ended both ways is a clean close, which the other side has been told by its own end.
    if (!one.readableEnded || !one.writableFinished) other.destroy()
  })
}

import type { ServerResponse } from 'node:http'
import type { RecentExchanges } from '../observe/recent-exchanges.js'
import { beginEvents } from './reply.js'

/** Sends exchanges to everyone who looks, as they end. */
export interface EventStreams {
  /** Takes the response over until its client leaves; false when there are too many already. */
  add(response: ServerResponse): boolean
  /** Ends every stream. */
  close(): void
}

const streamLimit = 32
const batchMs = 100
/** The newest of a batch that are told; older ones are counted, for nobody reads that fast. */
const batchLimit = 200
/** Characters of a batch, which is held once for each who looks. */
const textLimit = 1024 * 1024
const heartbeatMs = 15_000
/** Characters a client may leave unread before it misses exchanges. */
const unreadLimit = 1024 * 1024

type Subscribe = RecentExchanges<unknown>['subscribe']
type Seen = Parameters<Parameters<Subscribe>[0]>[0]

/** Subscribes while there is a client, and not a moment longer. */
export function createEventStreams(subscribe: Subscribe): EventStreams {
  const streams = new Map<ServerResponse, { missed: number }>()
  /** A ring: the nth exchange of a batch stands at n modulo its limit. */
  let batch: Seen[] = []
  let seenInBatch = 0
  let timer: NodeJS.Timeout | undefined
  let heartbeat: NodeJS.Timeout | undefined
  let unsubscribe: (() => void) | undefined

  const collect = (seen: Seen) => {
    batch[seenInBatch++ % batchLimit] = seen
    timer ??= setTimeout(sendBatch, batchMs).unref()
  }

  const sendBatch = () => {
    const oldest = (seenInBatch - batch.length) % batchLimit
    const inOrder = [...batch.slice(oldest), ...batch.slice(0, oldest)]
    const { text, count } = newestThatFit(inOrder)
    for (const [response, stream] of streams) {
      stream.missed += seenInBatch - count
      if (response.writableLength > unreadLimit) {
        stream.missed += count
        continue
      }
      const missed = stream.missed > 0 ? `event: missed\ndata: ${stream.missed}\n\n` : ''
      stream.missed = 0
      response.write(missed + text)
    }
    batch = []
    seenInBatch = 0
    timer = undefined
  }

  const start = () => {
    unsubscribe = subscribe(collect)
    heartbeat = setInterval(() => {
      for (const response of streams.keys()) {
        if (response.writableLength === 0) response.write(':\n\n')
      }
    }, heartbeatMs).unref()
  }

  const stop = () => {
    unsubscribe?.()
    clearInterval(heartbeat)
    clearTimeout(timer)
    timer = undefined
    batch = []
    seenInBatch = 0
  }

  return {
    add(response) {
      if (streams.size >= streamLimit) return false
      beginEvents(response)
      response.write('retry: 2000\n\n')
      streams.set(response, { missed: 0 })
      if (streams.size === 1) start()
      response.on('close', () => {
        streams.delete(response)
        if (streams.size === 0) stop()
      })
      return true
    },
    close() {
      for (const response of streams.keys()) response.end()
    },
  }
}

/** In their order; of very large heads only some fit. */
function newestThatFit(exchanges: readonly Seen[]): { text: string; count: number } {
  const events: string[] = []
  let length = 0
  for (const { view } of exchanges.toReversed()) {
    const event = `event: exchange\ndata: ${JSON.stringify(view())}\n\n`
    length += event.length
    if (length > textLimit) break
    events.push(event)
  }
  return { text: events.reverse().join(''), count: events.length }
}

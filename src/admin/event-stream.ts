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
/** The newest of a batch that are told of; older ones are counted, for nobody reads that fast. */
const batchLimit = 200
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
    const overflow = seenInBatch - batch.length
    const oldest = overflow % batchLimit
    const inOrder = [...batch.slice(oldest), ...batch.slice(0, oldest)]
    const events = inOrder.map(({ view }) => `event: exchange\ndata: ${JSON.stringify(view())}\n\n`)
    const text = events.join('')
    for (const [response, stream] of streams) {
      stream.missed += overflow
      if (response.writableLength > unreadLimit) {
        stream.missed += events.length
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

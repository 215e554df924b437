import { readUnacknowledged } from '../tuning/unacknowledged.js'
import type { Client } from './client.js'
import type { Wait } from './wait.js'

/** A client that is not ready for more for this long is looked after, in milliseconds. */
const BLOCKED_MS = 200
/** Between two looks at them, in milliseconds: what the limit may come late by, twice. */
const LOOK_MS = 500
/** Where looking takes long, the next one waits for so many times as long. */
const PAUSE_PER_LOOK = 2

/** What it looks at in an exchange. */
export interface Reader {
  readonly client: Pick<Client, 'handedOver' | 'inode' | 'progress' | 'isItsTurn'>
  readonly wait: Wait
}

/**
 * Finds out which clients read nothing. Whether the kernel takes bytes says little about that: it
 * holds megabytes for one client. A steady reader of little makes room in that only now and then,
 * and for one that reads nothing the kernel may make more room by itself, long after.
 * See docs/decisions/0018-reading-is-what-the-client-acknowledges.md.
 */
export class BlockedClients {
  private blocked: Reader[] = []
  private isLooking = false
  private nextLookAt = 0
  private readonly onError: (error: unknown) => void

  constructor(onError: (error: unknown) => void) {
    this.onError = onError
  }

  /** Called on each tick for each exchange; `now` is that of the tick. Most are blocked for an instant. */
  watch(reader: Reader, now: number): void {
    if (this.isLooking || now < this.nextLookAt) return
    if (!reader.wait.isReaderSlow(now, BLOCKED_MS)) return
    this.blocked.push(reader)
    if (this.blocked.length === 1) setImmediate(() => this.look(now).catch(this.onError))
  }

  private async look(now: number): Promise<void> {
    const readers = this.blocked
    this.blocked = []
    this.isLooking = true
    try {
      const began = performance.now()
      const before = readers.map(({ client }) => client.handedOver())
      const unacknowledged = await readUnacknowledged()
      for (const [at, { client, wait }] of readers.entries()) {
        // Had the kernel taken more meanwhile, the two would not belong together.
        const handed = client.handedOver()
        if (handed === -1 || handed !== before[at]) continue
        const taken = handed - (unacknowledged.get(client.inode()) ?? 0)
        wait.noteReading(client.progress(taken), now, client.isItsTurn)
      }
      const ended = performance.now()
      this.nextLookAt = ended + Math.max(LOOK_MS, (ended - began) * PAUSE_PER_LOOK)
    } finally {
      this.isLooking = false
    }
  }
}

import type { UpstreamFailure } from '../../terms/upstream-failure.js'
import { type Reply, replies } from '../message/replies.js'

/** The gaps that a client may leave. Milliseconds; 0 for no limit. */
export interface WaitRules {
  /** Between two pieces of a request body. */
  readonly requestIdleTimeout: number
  /** Without taking any of what was written to it; as exactly as the system tells. */
  readonly responseIdleTimeout: number
}

/** How far a client has got with what was written to it. Times are monotonic. */
export interface Reading {
  /** What grows as it takes more, when that was last looked at. */
  taken: number
  /** When it was last seen to have taken some. */
  takenAt: number
  /** How long it had taken none when that was last looked at, in milliseconds. */
  idleMs: number
}

/** What an exchange waits for on its way to the upstream and back; `nothing` once it is over. */
type Stage = 'slot' | 'connection' | 'head' | 'body' | 'reader' | 'upgrade' | 'nothing'

/** What an exchange can wait too long for. */
export type Overdue = Exclude<Stage, 'nothing'> | 'request-body'

/** What becomes of it then: a failure of the upstream, a reply to the client, or the end. */
export const whenOverdue: Readonly<
  Record<Overdue, { readonly failure: UpstreamFailure } | { readonly reply: Reply } | 'cut'>
> = {
  slot: { failure: 'overloaded' },
  connection: { failure: 'connect-timeout' },
  head: { failure: 'head-timeout' },
  body: { failure: 'idle-timeout' },
  'request-body': { reply: replies.slowBody },
  reader: 'cut',
  upgrade: 'cut',
}

/**
 * What one exchange waits for, and until when, on the monotonic clock. All times of an exchange are
 * here, and only its methods move them. The client's request body is waited for beside the rest.
 */
export class Wait {
  /** Its place among those that are watched; written by {@link Waits} alone. */
  place = -1
  readonly began = performance.now()
  private stage: Stage = 'slot'
  /** When the stage has lasted too long; 0 for never. */
  private dueAt = 0
  /** How long the present stage may last without a sign, in milliseconds; 0 for ever. */
  private limitMs = 0
  /** Since when the next piece of the request body is awaited; 0 when none is. */
  private bodySince = 0
  private readerSince = 0
  private reading: Reading | undefined = undefined

  forSlot(ms: number): void {
    this.enter('slot', ms, performance.now())
  }

  forConnection(ms: number, now = performance.now()): void {
    this.enter('connection', ms, now)
  }

  /** While the client still sends its body, it is not the upstream that is waited for. */
  forHead(ms: number, now = performance.now()): void {
    this.enter('head', ms, now)
    if (this.bodySince !== 0) this.dueAt = 0
  }

  forBody(ms: number, now = performance.now()): void {
    this.enter('body', ms, now)
  }

  /** While the client is the slow one, the upstream's silence is of our making. */
  forReader(): void {
    if (this.stage === 'reader') return
    this.readerSince = performance.now()
    this.enter('reader', 0, this.readerSince)
    // What was seen of it so far says nothing of what it does with more.
    if (this.reading !== undefined) this.reading.idleMs = 0
  }

  forTraffic(ms: number): void {
    this.enter('upgrade', ms, performance.now())
  }

  /** A sign of life came: the present stage may last as long again. */
  extend(): void {
    if (this.limitMs !== 0) this.dueAt = performance.now() + this.limitMs
  }

  /** The next piece of the request body is the client's to send; its limit runs. */
  forRequestBody(): void {
    this.bodySince = performance.now()
    if (this.stage === 'head') this.dueAt = 0
  }

  /** The upstream has a piece to take, or all of the request. */
  hasRequestBody(): void {
    this.bodySince = 0
    if (this.stage === 'head') this.extend()
  }

  end(): void {
    this.enter('nothing', 0, 0)
    this.bodySince = 0
  }

  get isForSlot(): boolean {
    return this.stage === 'slot'
  }

  get isForConnection(): boolean {
    return this.stage === 'connection'
  }

  get isForReader(): boolean {
    return this.stage === 'reader'
  }

  get isOver(): boolean {
    return this.stage === 'nothing'
  }

  /** Whether the reader has waited so long, in milliseconds, that it should be looked after. */
  isReaderSlow(now: number, ms: number): boolean {
    // Those that have been looked at go on being so, for the kernel may have made room for more
    // without the client's doing.
    return this.isForReader && (this.reading !== undefined || now - this.readerSince >= ms)
  }

  /** How long the reader had taken nothing when it was last looked at; undefined before that. */
  get readerIdleMs(): number | undefined {
    return this.reading?.idleMs
  }

  /** Notes what the client has taken; `isItsTurn` is false while an earlier response is in its way. */
  noteReading(taken: number, now: number, isItsTurn: boolean): void {
    const { reading } = this
    if (reading === undefined || !isItsTurn) {
      this.reading = { taken, takenAt: now, idleMs: 0 }
      return
    }
    if (taken > reading.taken) reading.takenAt = now
    // Within TLS it is known but roughly, and may seem to be less than it was.
    reading.taken = taken
    reading.idleMs = now - reading.takenAt
  }

  /** What has been waited for too long, if anything. */
  overdue(now: number, rules: WaitRules): Overdue | undefined {
    const { responseIdleTimeout, requestIdleTimeout } = rules
    if (this.stage === 'reader' && responseIdleTimeout !== 0) {
      if ((this.readerIdleMs ?? 0) > responseIdleTimeout) return 'reader'
    }
    if (this.bodySince !== 0 && requestIdleTimeout !== 0) {
      if (now - this.bodySince > requestIdleTimeout) return 'request-body'
    }
    if (this.dueAt === 0 || now <= this.dueAt || this.stage === 'nothing') return undefined
    return this.stage
  }

  /** Moves every time: the process itself stood still, and that is nobody's fault. */
  shift(by: number): void {
    if (this.dueAt !== 0) this.dueAt += by
    if (this.bodySince !== 0) this.bodySince += by
    if (this.readerSince !== 0) this.readerSince += by
    if (this.reading !== undefined) this.reading.takenAt += by
  }

  private enter(stage: Stage, ms: number, now: number): void {
    this.stage = stage
    this.limitMs = ms
    this.dueAt = ms === 0 ? 0 : now + ms
  }
}

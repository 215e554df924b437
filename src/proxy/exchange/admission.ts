/** How many wait for a place at most, and how long, before they are turned away. */
const QUEUE_LENGTH = 256
export const QUEUE_MS = 1_000
/** For so many places that one address holds, one stays free for others. */
const ADDRESS_SHARE = 8
/** For a connection that holds none yet: others may share its address. */
const FIRST_SHARE = 32
/** As many as one connection holds stay free: several may come through one gateway. */
const CONNECTION_SHARE = 1
/** Addresses that hold nothing are remembered up to this many: nearly all come again at once. */
const REMEMBERED = 256
/** The operator is told when so much of the limit of streams is in use. */
const NEARLY = 0.8

/** What an exchange holds: nothing, a wait in the queue, a place at the upstream, or what follows it. */
export type Seat = 'none' | 'queue' | 'places' | 'streams' | 'upgrades'
type Held = Exclude<Seat, 'none' | 'queue'>

/** How many of each are held, by one address or by all. */
export type Holdings = Record<Held, number>

const none: Readonly<Holdings> = { places: 0, streams: 0, upgrades: 0 }

/** What admission knows of an exchange, and what it writes to it. */
export interface Entrant {
  /** The address of its client. */
  readonly address: string
  readonly connection: { places: number }
  /** Whether it asks for an upgrade. */
  readonly isUpgrade: boolean
  seat: Seat
  holdings: Holdings | undefined
}

export interface AdmissionLimits {
  /** Requests that wait for the head of their response. */
  readonly maxInFlight: number
  /** Responses that are under way after their head. */
  readonly maxStreams: number
  readonly maxUpgrades: number
}

/** Where an exchange asks for what it needs, and gives it back. */
export interface Door {
  enter(one: Entrant): boolean
  answered(one: Entrant): void
  upgraded(one: Entrant): void
  leave(one: Entrant): void
}

/** What becomes of those that ask. */
export interface AdmissionEvents<One> {
  readonly onAdmitted: (one: One, wasQueued: boolean) => void
  /** It was in the queue, and has to make room there for an address that waits less. */
  readonly onTurnedAway: (one: One) => void
  /** Nearly as many streams as there may be. */
  readonly onNearlyFull: (streams: number) => void
}

/**
 * Bounds the requests that wait at the upstream at one time, so that an upstream that hangs can't
 * take all memory. The next few wait a moment in order of arrival; the rest are turned away. The
 * more one address or connection holds, the more it must leave free: none can take the last place.
 */
export class Admission<One extends Entrant> implements Door {
  private readonly limits: Holdings
  private readonly events: AdmissionEvents<One>
  private readonly queue: One[] = []
  private readonly byAddress = new Map<string, Holdings>()
  private readonly all: Holdings = { ...none }

  constructor(limits: AdmissionLimits, events: AdmissionEvents<One>) {
    const { maxInFlight, maxStreams, maxUpgrades } = limits
    this.limits = { places: maxInFlight, streams: maxStreams, upgrades: maxUpgrades }
    this.events = events
  }

  /** What is held by all together. */
  get held(): Readonly<Holdings> {
    return this.all
  }

  /** Begins now, or puts in the queue; false when there is room in neither. */
  enter(one: One): boolean {
    const holdings = this.byAddress.get(one.address)
    if (this.hasRoomFor(one, holdings)) {
      this.admit(one, holdings, false)
      return true
    }
    if (this.queue.length >= QUEUE_LENGTH && !this.makeRoom(one.address)) return false
    one.seat = 'queue'
    this.queue.push(one)
    return true
  }

  /** The head of the response has come: its place is free for others. */
  answered(one: One): void {
    this.move(one, 'streams')
    if (this.all.streams >= this.limits.streams * NEARLY) {
      this.events.onNearlyFull(this.all.streams)
    }
  }

  /** Its upgrade has been opened. */
  upgraded(one: One): void {
    this.move(one, 'upgrades')
  }

  /** Gives back whatever it holds. Safe to call more than once. */
  leave(one: One): void {
    const { seat } = one
    if (seat === 'none') return
    if (seat === 'queue') {
      const at = this.queue.indexOf(one)
      if (at !== -1) this.queue.splice(at, 1)
    } else this.release(one, seat)
    one.seat = 'none'
    if (seat !== 'queue') this.admitNext()
  }

  private move(one: One, to: Held): void {
    const { seat, holdings } = one
    if (seat === 'none' || seat === 'queue' || holdings === undefined) return
    holdings[to]++
    this.all[to]++
    this.release(one, seat)
    one.holdings = holdings
    one.seat = to
    this.admitNext()
  }

  private release(one: One, seat: Held): void {
    const { holdings } = one
    if (holdings === undefined) return
    one.holdings = undefined
    holdings[seat]--
    this.all[seat]--
    if (seat === 'places') one.connection.places--
    if (this.byAddress.size > REMEMBERED && holdsNothing(holdings)) {
      this.byAddress.delete(one.address)
    }
  }

  private admitNext(): void {
    if (this.queue.length === 0) return
    const at = this.queue.findIndex(one => this.hasRoomFor(one, this.byAddress.get(one.address)))
    const [next] = at === -1 ? [] : this.queue.splice(at, 1)
    if (next !== undefined) this.admit(next, this.byAddress.get(next.address), true)
  }

  private hasRoomFor({ connection, isUpgrade }: One, holdings: Holdings = none): boolean {
    const { all, limits } = this
    const share = connection.places === 0 ? FIRST_SHARE : ADDRESS_SHARE
    const placesLeft = limits.places - all.places
    return (
      leavesEnough(placesLeft, holdings.places, share) &&
      leavesEnough(placesLeft, connection.places, CONNECTION_SHARE) &&
      leavesEnough(limits.streams - all.streams, holdings.streams, ADDRESS_SHARE) &&
      (!isUpgrade || leavesEnough(limits.upgrades - all.upgrades, holdings.upgrades, ADDRESS_SHARE))
    )
  }

  private admit(one: One, known: Holdings | undefined, wasQueued: boolean): void {
    const holdings = known ?? { ...none }
    if (known === undefined) this.byAddress.set(one.address, holdings)
    holdings.places++
    this.all.places++
    one.connection.places++
    one.holdings = holdings
    one.seat = 'places'
    this.events.onAdmitted(one, wasQueued)
  }

  /** The address that most of the queue waits for gives up its last, unless it is this one. */
  private makeRoom(address: string): boolean {
    const waiting = new Map<string, number>()
    let most = address
    for (const one of this.queue) {
      const count = (waiting.get(one.address) ?? 0) + 1
      waiting.set(one.address, count)
      if (count > (waiting.get(most) ?? 0)) most = one.address
    }
    if (most === address || (waiting.get(most) ?? 0) <= (waiting.get(address) ?? 0) + 1)
      return false
    const at = this.queue.findLastIndex(one => one.address === most)
    const [last] = this.queue.splice(at, 1)
    if (last === undefined) return false
    last.seat = 'none'
    this.events.onTurnedAway(last)
    return true
  }
}

/** Whether one more of what is left may be taken by somebody who holds so many. */
function leavesEnough(left: number, held: number, share: number): boolean {
  return left >= 1 && left - 1 >= Math.floor(held / share)
}

function holdsNothing({ places, streams, upgrades }: Holdings): boolean {
  return places === 0 && streams === 0 && upgrades === 0
}

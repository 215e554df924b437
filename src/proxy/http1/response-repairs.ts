import type { Repairs, UpstreamRepair } from '../../terms/upstream-repair.js'

/** What is repaired of one response. */
export class ResponseRepairs {
  /** What nobody has been told of yet. */
  readonly found: Repairs = new Set()
  private readonly told: Repairs = new Set()

  begin(): void {
    // Clearing even an empty set makes a new table; most responses need no repair.
    if (this.found.size > 0) this.found.clear()
    if (this.told.size > 0) this.told.clear()
  }

  /** Whether nothing has been repaired. */
  get isNone(): boolean {
    return this.told.size === 0
  }

  /** Tells each kind once. Returns the first instead where every one of them is refused. */
  tell(isRefused: boolean, onRepair: (what: UpstreamRepair) => void): UpstreamRepair | undefined {
    for (const what of this.found) {
      if (isRefused) return what
      if (this.told.has(what)) continue
      this.told.add(what)
      onRepair(what)
    }
    this.found.clear()
    return undefined
  }
}

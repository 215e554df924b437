/** Plans the replacement of workers that have ended. */
export interface Restarts {
  /** Called when a worker has ended that had run for this long. */
  plan(ranMs: number): void
  stop(): void
}

const firstDelayMs = 250
const longestDelayMs = 30_000
/** A worker that has run for this long did not die of what makes its successors die. */
const soundMs = 60_000

/** Starts one at once after a long run, and each later while they keep dying young. */
export function createRestarts(start: () => void): Restarts {
  const timers = new Set<NodeJS.Timeout>()
  let delayMs = 0

  return {
    plan(ranMs) {
      if (ranMs > soundMs) delayMs = 0
      const timer = setTimeout(() => {
        timers.delete(timer)
        start()
      }, delayMs)
      timers.add(timer)
      delayMs = Math.min(Math.max(delayMs * 2, firstDelayMs), longestDelayMs)
    },
    stop() {
      for (const timer of timers) clearTimeout(timer)
      timers.clear()
    },
  }
}

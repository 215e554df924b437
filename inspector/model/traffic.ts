import type { ExchangeView } from '../../src/observe/exchange-view.js'

/** What happened in one slice of time. */
export interface Slice {
  readonly second: number
  readonly requests: number
  readonly refused: number
  /** Median and 95th percentile of the durations, in milliseconds; null when nothing happened. */
  readonly p50: number | null
  readonly p95: number | null
}

export interface Totals {
  readonly requests: number
  readonly preflights: number
  readonly refused: number
  readonly failed: number
  readonly perMinute: number
  readonly p50: number | null
  readonly p95: number | null
}

export interface Traffic {
  add(views: readonly ExchangeView[], nowMs: number): void
  clear(): void
  /** The last two minutes in slices of two seconds, oldest first. */
  slices(nowMs: number): readonly Slice[]
  totals(nowMs: number): Totals
}

interface Bucket {
  second: number
  requests: number
  refused: number
  durations: number[]
}

const sliceSeconds = 2
const sliceCount = 60
// Enough for a percentile a person reads off a chart; the rest of a busy slice is only counted.
const durationsPerSlice = 200

/** Counts exchanges as they are seen. Memory is bounded by the two minutes it looks back. */
export function createTraffic(): Traffic {
  let buckets = new Map<number, Bucket>()
  let totals = { requests: 0, preflights: 0, refused: 0, failed: 0 }

  const sliceAt = (nowMs: number) => Math.floor(nowMs / 1000 / sliceSeconds) * sliceSeconds

  return {
    add(views, nowMs) {
      const second = sliceAt(nowMs)
      const bucket = buckets.get(second) ?? { second, requests: 0, refused: 0, durations: [] }
      buckets.set(second, bucket)
      for (const view of views) {
        const refused = view.decision.verdict === 'refused'
        bucket.requests += 1
        if (refused) bucket.refused += 1
        if (bucket.durations.length < durationsPerSlice) bucket.durations.push(view.durationMs)
        totals = {
          requests: totals.requests + 1,
          preflights: totals.preflights + (view.decision.kind === 'preflight' ? 1 : 0),
          refused: totals.refused + (refused ? 1 : 0),
          failed: totals.failed + (view.failure ? 1 : 0),
        }
      }
      for (const old of buckets.keys()) {
        if (old <= second - sliceSeconds * sliceCount) buckets.delete(old)
      }
    },
    clear() {
      buckets = new Map()
      totals = { requests: 0, preflights: 0, refused: 0, failed: 0 }
    },
    slices(nowMs) {
      const last = sliceAt(nowMs)
      return Array.from({ length: sliceCount }, (_, index) => {
        const second = last - (sliceCount - 1 - index) * sliceSeconds
        const bucket = buckets.get(second)
        return {
          second,
          requests: bucket?.requests ?? 0,
          refused: bucket?.refused ?? 0,
          p50: percentile(bucket?.durations ?? [], 0.5),
          p95: percentile(bucket?.durations ?? [], 0.95),
        }
      })
    },
    totals(nowMs) {
      const now = nowMs / 1000
      const recent = [...buckets.values()].filter(({ second }) => second > now - 60 - sliceSeconds)
      const durations = recent.flatMap(bucket => bucket.durations)
      return {
        ...totals,
        perMinute: recent.reduce((sum, { requests }) => sum + requests, 0),
        p50: percentile(durations, 0.5),
        p95: percentile(durations, 0.95),
      }
    },
  }
}

function percentile(values: readonly number[], part: number): number | null {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? null
}

// What the page knows of the traffic: one event stream in, at most four drawings a second out.
import type { ExchangeView } from '../../src/observe/exchange-view.js'
import { createTimeline, type Entry } from '../model/timeline.js'
import { createTraffic, type Slice, type Totals } from '../model/traffic.js'
import { type About, readAbout, readExchanges } from './api.js'
import { createStore } from './store.js'

export interface LiveState {
  readonly connection: 'connecting' | 'live' | 'lost'
  readonly paused: boolean
  /** Exchanges held back while paused. */
  readonly waiting: number
  /** Exchanges the server left out because there were too many at once. */
  readonly missed: number
  readonly entries: readonly Entry[]
  readonly totals: Totals
  readonly slices: readonly Slice[]
}

const drawEveryMs = 250
const chartEveryMs = 2000
const unknown: About = { version: '', url: '', inspectLimit: 200 }

export const about = createStore<About>(unknown)

let timeline = createTimeline(unknown.inspectLimit)
const traffic = createTraffic()
let connection: LiveState['connection'] = 'connecting'
let paused = false
let held = false
let arrived: ExchangeView[] = []
let missed = 0
let clearedAt = 0
let timer: ReturnType<typeof setTimeout> | undefined

export const live = createStore<LiveState>(state())

function state(): LiveState {
  return {
    connection,
    paused,
    waiting: paused ? arrived.length : 0,
    missed,
    entries: timeline.entries,
    totals: traffic.totals(Date.now()),
    slices: traffic.slices(Date.now()),
  }
}

function draw(): void {
  timer = undefined
  if (!paused && !held && arrived.length > 0) {
    timeline.add(arrived)
    arrived = []
  }
  live.set(state())
}

function drawSoon(): void {
  if (timer === undefined) timer = setTimeout(draw, drawEveryMs)
}

function arrive(views: readonly ExchangeView[]): void {
  const fresh = views.filter(({ key }) => !timeline.has(key))
  traffic.add(fresh, Date.now())
  arrived.push(...fresh)
  // More than the list can hold would only be dropped when the pause ends.
  const { inspectLimit } = about.get()
  if (arrived.length > inspectLimit) arrived = arrived.slice(-inspectLimit)
  drawSoon()
}

async function catchUp(): Promise<void> {
  const kept = await readExchanges().catch(() => [])
  const waiting = new Set(arrived.map(({ key }) => key))
  const missing = kept
    .filter(
      ({ key, startedAt }) => startedAt > clearedAt && !timeline.has(key) && !waiting.has(key),
    )
    .sort((a, b) => a.startedAt - b.startedAt)
  for (const view of missing) traffic.add([view], view.startedAt + view.durationMs)
  timeline.add(missing)
  drawSoon()
}

/** Follows the traffic until the page is closed. */
export async function follow(): Promise<void> {
  about.set(await readAbout().catch(() => unknown))
  timeline = createTimeline(about.get().inspectLimit)
  const events = new EventSource('/inspect/events')
  events.addEventListener('open', () => {
    connection = 'live'
    void catchUp()
  })
  events.addEventListener('error', () => {
    connection = 'lost'
    drawSoon()
  })
  events.addEventListener('exchange', event => arrive([JSON.parse(event.data)]))
  events.addEventListener('missed', event => {
    missed += Number(event.data)
    drawSoon()
  })
  setInterval(drawSoon, chartEveryMs)
}

export function setPaused(next: boolean): void {
  paused = next
  draw()
}

/** Held, the list stands still, and nothing else does. */
export function hold(next: boolean): void {
  held = next
  drawSoon()
}

export function clear(): void {
  timeline.clear()
  traffic.clear()
  arrived = []
  missed = 0
  clearedAt = Date.now()
  draw()
}

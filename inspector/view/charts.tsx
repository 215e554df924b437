import { useEffect, useRef } from 'preact/hooks'
import uPlot, { type AlignedData, type Options, type Series } from 'uplot'
import type { Slice } from '../model/traffic.js'
import { milliseconds } from './parts.js'

/** Requests and refusals, and the time they took, over the last two minutes. */
export function Charts({ slices }: { slices: readonly Slice[] }) {
  const seconds = slices.map(({ second }) => second)
  const last = slices.findLast(({ requests }) => requests > 0)
  const busiest = Math.max(0, ...slices.map(({ requests }) => requests))
  return (
    <div class="charts">
      {colours.map(name => (
        <span class={`ink-${name}`} key={name} hidden />
      ))}
      <Chart
        title="Requests"
        summary={`At most ${busiest} requests in two seconds during the last two minutes.`}
        series={[bars('all', 'accent'), bars('refused', 'bad')]}
        data={[seconds, slices.map(slice => slice.requests), slices.map(slice => slice.refused)]}
      />
      <Chart
        title="Latency"
        summary={`Recently a median of ${milliseconds(last?.p50)}, 95 of 100 below ${milliseconds(last?.p95)}.`}
        series={[line('p50', 'accent'), line('p95', 'warn')]}
        data={[seconds, slices.map(slice => slice.p50), slices.map(slice => slice.p95)]}
      />
    </div>
  )
}

function bars(label: string, colour: Colour): Series {
  const paths = uPlot.paths.bars?.({ size: [0.8, 12], gap: 1 })
  return {
    label,
    fill: () => ink(colour),
    width: 0,
    points: { show: false },
    ...(paths && { paths }),
  }
}

// Where nothing passed there is no latency: the line breaks, and points show what stands alone.
function line(label: string, colour: Colour): Series {
  const stroke = () => ink(colour)
  const points = { show: true, size: 4, stroke, fill: stroke }
  return { label, stroke, width: 1.5, spanGaps: false, points }
}

const colours = ['accent', 'bad', 'warn', 'muted', 'line'] as const
type Colour = (typeof colours)[number]

// A canvas takes no custom property, so an element is asked what the colour comes to.
function ink(name: Colour): string {
  const probe = document.querySelector(`.ink-${name}`)
  return probe ? getComputedStyle(probe).color : 'gray'
}

interface ChartProps {
  readonly title: string
  readonly summary: string
  readonly series: readonly Series[]
  readonly data: AlignedData
}

function Chart({ title, summary, series, data }: ChartProps) {
  const holder = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot>(null)

  useEffect(() => {
    const element = holder.current
    if (!element) return undefined
    const drawn = new uPlot(options(element.clientWidth, series), data, element)
    plot.current = drawn
    const resized = new ResizeObserver(() =>
      drawn.setSize({ width: element.clientWidth, height: drawn.height }),
    )
    resized.observe(element)
    const recoloured = () => drawn.redraw()
    const dark = matchMedia('(prefers-color-scheme: dark)')
    addEventListener('themechange', recoloured)
    dark.addEventListener('change', recoloured)
    return () => {
      resized.disconnect()
      removeEventListener('themechange', recoloured)
      dark.removeEventListener('change', recoloured)
      drawn.destroy()
    }
  }, [])

  useEffect(() => plot.current?.setData(data), [data])

  return (
    <figure>
      <figcaption>
        {title}
        {series.map(({ label }, index) => (
          <span class={`key key-${title.toLowerCase()}-${index}`} key={String(label)}>
            {String(label)}
          </span>
        ))}
      </figcaption>
      <div ref={holder} class="plot" role="img" aria-label={`${title}. ${summary}`} />
    </figure>
  )
}

function options(width: number, series: readonly Series[]): Options {
  const axis = { stroke: () => ink('muted'), font: '10px system-ui', ticks: { show: false } }
  return {
    width,
    height: 72,
    padding: [6, 22, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: { y: { range: (_plot, _low, high) => [0, Math.max(4, (high ?? 0) * 1.1)] } },
    axes: [
      {
        ...axis,
        size: 16,
        gap: 2,
        grid: { show: false },
        space: 70,
        values: (_plot, seconds) =>
          seconds.map(second =>
            new Date(second * 1000).toLocaleTimeString([], {
              hour12: false,
              hour: '2-digit',
              minute: '2-digit',
              second: '2-digit',
            }),
          ),
      },
      {
        ...axis,
        size: 30,
        gap: 3,
        space: 22,
        grid: { stroke: () => ink('line'), width: 1 },
      },
    ],
    series: [{}, ...series],
  }
}

import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { type Bar, barChart } from './bar-chart.js'
import {
  type Bench,
  type Candidate,
  netRelay,
  nodeProgram,
  pageOrigin,
  sidecar,
} from './candidates.js'
import { footprints } from './footprint.js'
import { type Latency, latencies } from './latency.js'
import { requestText } from './load.js'
import { cpuPerMessage } from './messages.js'
import {
  atLeast,
  atMost,
  footprintTable,
  latencyTable,
  seriesTable,
  up,
  type Verdict,
} from './report.js'
import { cpuPerRequest, median, type Rounds, type Series } from './rounds.js'
import { bigBytes, bigPath, smallPath, startEchoUpstream } from './upstream.js'

/** What every section works with. */
export interface Ground {
  readonly bench: Bench
  readonly upstream: string
  readonly peers: readonly Candidate[]
  readonly rounds: Rounds
  readonly latency: {
    readonly perSecond: number
    readonly seconds: number
    readonly rounds: number
  }
  readonly idleConnections: number
}

/** One finished part of the report. */
export interface Section {
  readonly title: string
  readonly text: string
  readonly verdicts: readonly Verdict[]
  readonly chart?: { readonly file: string; readonly svg: string }
}

export const sections: Readonly<Record<string, (ground: Ground) => Promise<Section>>> = {
  get: smallGet,
  preflight,
  body: bigBody,
  websocket,
  latency,
  footprint,
  growth,
}

const fromPage = { Origin: pageOrigin }

async function smallGet({ bench, upstream, peers, rounds }: Ground): Promise<Section> {
  const [yardstick, ...others] = peers
  const candidates =
    yardstick === undefined
      ? [netRelay(bench), sidecar(bench)]
      : [yardstick, sidecar(bench), ...(rounds.rounds > 3 ? [netRelay(bench)] : []), ...others]
  const load = { path: smallPath, headers: fromPage, connections: 32 }
  const series = await cpuPerRequest(candidates, upstream, load, rounds)
  const hasNginx = series[0]?.name === 'nginx'
  return {
    title: 'A small JSON GET, forwarded',
    text: `A 90-byte JSON answer over kept connections (32 of them), the request with an \`Origin\` that is allowed. The sidecar judges it, writes its log line and counts it in its metrics; the peers write no log, and only nginx, HAProxy and Caddy are configured to add CORS headers at all.\n\n${seriesTable(series, 'µs of CPU per request')}`,
    verdicts: [
      ...(hasNginx ? atMost('Small GET, CPU against nginx', series, 4) : []),
      ...atLeast(
        'Small GET',
        series.filter(({ name }) => name !== 'bare net relay'),
        1.5,
      ),
    ],
    chart: chartOf(
      'small-get.svg',
      'CPU per forwarded request',
      'µs, median; shorter is better',
      series,
    ),
  }
}

async function preflight({ bench, upstream, rounds }: Ground): Promise<Section> {
  const headers = {
    ...fromPage,
    'Access-Control-Request-Method': 'PUT',
    'Access-Control-Request-Headers': 'authorization,content-type',
  }
  const head = await preflightHead(sidecar(bench), upstream, headers)
  const bare = nodeProgram(bench, {
    name: 'bare Node server',
    script: 'node-server.mjs',
    args: [JSON.stringify(head)],
  })
  const load = { path: '/items/1', method: 'OPTIONS', headers, connections: 32 }
  const series = await cpuPerRequest([bare, sidecar(bench)], upstream, load, rounds)
  return {
    title: 'A preflight, answered',
    text: `The same request to the sidecar, which judges, logs and counts it, and to a Node server that answers everything with the same status and the same ${head[1].length / 2} headers.\n\n${seriesTable(series, 'µs of CPU per preflight')}`,
    verdicts: atMost('Preflight, CPU against a bare Node server with the same answer', series, 1.5),
  }
}

/** The status and the headers that the sidecar itself answers with. */
async function preflightHead(
  candidate: Candidate,
  upstream: string,
  headers: Readonly<Record<string, string>>,
): Promise<[number, string[]]> {
  const running = await candidate.start(upstream)
  try {
    const socket = connect(running.port, '127.0.0.1')
    socket.write(requestText({ port: running.port, path: '/items/1', method: 'OPTIONS', headers }))
    const [bytes] = await once(socket, 'data')
    socket.destroy()
    const [status = '', ...lines] = String(bytes).trim().split('\r\n')
    // The server that only answers adds these by itself.
    const own = lines.filter(line => !/^(?:date|connection|keep-alive):/i.test(line))
    const fields = own.flatMap(line => [
      line.slice(0, line.indexOf(':')),
      line.slice(line.indexOf(':') + 1).trim(),
    ])
    return [Number(status.split(' ')[1]), fields]
  } finally {
    await running.stop()
  }
}

async function bigBody({ bench, upstream, peers, rounds }: Ground): Promise<Section> {
  const candidates = [netRelay(bench), sidecar(bench), ...peers]
  const load = { path: bigPath, headers: fromPage, connections: 4 }
  const perBody = await cpuPerRequest(candidates, upstream, load, rounds)
  const perGigabyte = perBody.map(one => ({
    ...one,
    samples: one.samples.map(micros => (micros / 1e6) * (1e9 / bigBytes)),
  }))
  return {
    title: 'A 10 MB body, streamed',
    text: seriesTable(perGigabyte, 's of CPU per GB', 3),
    verdicts: atMost('10 MB body, CPU against a bare net relay', perGigabyte, 1.2),
    chart: chartOf(
      'big-body.svg',
      'CPU per GB streamed',
      'seconds, median; shorter is better',
      perGigabyte,
      2,
    ),
  }
}

async function websocket({ bench, peers, rounds }: Ground): Promise<Section> {
  const echo = await startEchoUpstream(bench)
  try {
    const candidates = [netRelay(bench), sidecar(bench), ...peers.filter(({ tunnels }) => tunnels)]
    const series = await cpuPerMessage(candidates, echo.url, rounds)
    return {
      title: 'A WebSocket message and its echo',
      text: `64 bytes each way on 32 upgraded connections.\n\n${seriesTable(series, 'µs of CPU per message and echo')}`,
      verdicts: [],
    }
  } finally {
    await echo.stop()
  }
}

async function latency({ bench, upstream, peers, latency: plan }: Ground): Promise<Section> {
  const direct: Candidate = {
    name: 'the upstream itself',
    version: '',
    isNode: false,
    tunnels: false,
    pathOf: path => path,
    start: async () => ({
      pid: 0,
      port: Number(new URL(upstream).port),
      readyMs: 0,
      stop: async () => undefined,
    }),
  }
  const all: Latency[] = await latencies(
    [direct, sidecar(bench), ...peers],
    upstream,
    smallPath,
    plan,
  )
  return {
    title: `Latency at ${plan.perSecond} requests a second`,
    text: `Open loop: each request is due by the clock, and the time counts from when it was due. "Added" is the difference to asking the upstream directly.\n\n${latencyTable(all)}`,
    verdicts: [],
  }
}

async function footprint({ bench, upstream, peers, ...plan }: Ground): Promise<Section> {
  const candidates = [sidecar(bench), ...peers]
  const all = await footprints(candidates, upstream, smallPath, {
    rounds: plan.rounds.rounds > 3 ? 3 : 1,
    connections: plan.idleConnections,
  })
  return {
    title: 'Start and memory',
    text: `Resident set size of the whole process tree, after one request, and what ${plan.idleConnections} connections that have had one answer add.\n\n${footprintTable(all)}`,
    verdicts: [],
  }
}

async function growth({ bench, upstream, rounds }: Ground): Promise<Section> {
  const withOrigins = (count: number) => {
    const origins = Array.from({ length: count - 1 }, (_, n) => `https://shop-${n}.example.com`)
    const file = join(bench.scratch, `origins-${count}.json`)
    writeFileSync(file, JSON.stringify({ allowOrigins: [...origins, pageOrigin] }))
    return sidecar(
      bench,
      ['--config', file],
      `cors-sidecar, ${number(count)} origin${count > 1 ? 's' : ''}`,
    )
  }
  const withRoutes = (count: number) => {
    const routes = Array.from({ length: count - 1 }, (_, n) => `/part-${n}=${upstream}`)
    const list = routes.flatMap(route => ['--route', route])
    return sidecar(bench, list, `cors-sidecar, ${number(count)} routes`)
  }
  const load = { path: smallPath, headers: fromPage, connections: 32 }
  const ends = [withOrigins(1), withOrigins(10_000)]
  const candidates = rounds.rounds > 3 ? [...ends, withOrigins(100), withRoutes(100)] : ends
  const series = await cpuPerRequest(candidates, upstream, load, rounds)
  return {
    title: 'Longer lists',
    text: `The origin that asks is the last of the list; the path is one that no listed prefix covers.\n\n${seriesTable(series, 'µs of CPU per request')}`,
    verdicts: atMost(
      '10,000 origins, CPU against one origin',
      series.filter(({ name }) => name.includes('10,000')),
      1.1,
    ),
  }
}

function number(value: number): string {
  return value.toLocaleString('en')
}

function chartOf(
  file: string,
  title: string,
  unit: string,
  series: readonly Series[],
  digits = 0,
): NonNullable<Section['chart']> {
  const bars: Bar[] = series
    .map(({ name, samples, ratios }) => ({
      label: name,
      value: median(samples),
      text: `${up(median(samples), digits)}  (× ${up(median(ratios), 1)})`,
      isOurs: name.startsWith('cors-sidecar'),
    }))
    .sort((a, b) => a.value - b.value)
  return { file, svg: barChart(title, unit, bars) }
}

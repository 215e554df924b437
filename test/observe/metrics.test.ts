import t from 'tap'
import { createMetrics, type Metrics, renderSum } from '../../src/observe/metrics.js'
import {
  noOriginDecision,
  refusedDecision,
  sampleDecision,
  sampleExchange,
} from './sample-exchange.js'

/** Sample lines by name and labels. */
async function samples(metrics: Metrics): Promise<Map<string, number>> {
  return read(await metrics.render())
}

function read(text: string): Map<string, number> {
  const lines = text.split('\n').filter(line => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map(line => {
      const space = line.lastIndexOf(' ')
      return [line.slice(0, space), Number(line.slice(space + 1))]
    }),
  )
}

const now = () => 1_700_000_000_000

t.test('every metric of the interface is there', async t => {
  const metrics = createMetrics({ version: '1.2.3', now })
  const text = await metrics.render()
  for (const [name, type] of [
    ['build_info', 'gauge'],
    ['requests_total', 'counter'],
    ['request_duration_seconds', 'histogram'],
    ['requests_in_flight', 'gauge'],
    ['decisions_total', 'counter'],
    ['cross_site_reports_total', 'counter'],
    ['upstream_errors_total', 'counter'],
    ['upstream_repairs_total', 'counter'],
    ['upstream_first_byte_seconds', 'histogram'],
    ['upgrades_active', 'gauge'],
    ['upstream_up', 'gauge'],
    ['config_reloads_total', 'counter'],
    ['config_last_reload_success_timestamp_seconds', 'gauge'],
    ['draining', 'gauge'],
    ['connections_dropped_total', 'counter'],
    ['log_lines_dropped_total', 'counter'],
  ]) {
    t.match(text, `# TYPE cors_sidecar_${name} ${type}\n`)
  }
  t.match(text, '# TYPE process_resident_memory_bytes gauge')
  t.match(text, '# TYPE nodejs_eventloop_lag_seconds gauge')
  t.match(text, `cors_sidecar_build_info{version="1.2.3",node="${process.version}"} 1`)
})

t.test('an exchange is counted by method, status, kind, verdict and reason', async t => {
  const metrics = createMetrics({ version: '1', now })
  metrics.record(sampleExchange())
  metrics.record(sampleExchange())
  metrics.record(sampleExchange({ decision: refusedDecision, status: 403 }))
  metrics.record(sampleExchange({ decision: noOriginDecision, method: 'POST' }))
  metrics.record(sampleExchange({ decision: noOriginDecision, method: 'BREW', status: 400 }))
  const seen = await samples(metrics)
  t.match(Object.fromEntries(seen), {
    'cors_sidecar_requests_total{method="GET",code="200",kind="actual"}': 2,
    'cors_sidecar_requests_total{method="GET",code="403",kind="actual"}': 1,
    'cors_sidecar_requests_total{method="POST",code="200",kind="actual"}': 1,
    'cors_sidecar_requests_total{method="other",code="400",kind="actual"}': 1,
    'cors_sidecar_decisions_total{kind="actual",decision="allowed",reason="origin-exact"}': 2,
    'cors_sidecar_decisions_total{kind="actual",decision="refused",reason="origin-not-allowed"}': 1,
    'cors_sidecar_decisions_total{kind="actual",decision="neutral",reason="no-origin"}': 2,
  })
})

t.test('exchanges that differ in one label only are counted apart', async t => {
  const decided = (changed: Parameters<typeof sampleDecision>[0]) =>
    sampleExchange({ decision: sampleDecision(changed) })
  const metrics = createMetrics({ version: '1', now })
  const different = [
    sampleExchange(),
    sampleExchange({ method: 'PUT' }),
    sampleExchange({ status: 204 }),
    decided({ kind: 'preflight' }),
    decided({ reason: 'origin-wildcard' }),
    decided({ verdict: 'neutral' }),
  ]
  // Forwards and backwards: the frequent ones change places with those before them.
  for (const exchange of [...different, ...different.toReversed()]) metrics.record(exchange)
  t.match(Object.fromEntries(await samples(metrics)), {
    'cors_sidecar_requests_total{method="GET",code="200",kind="actual"}': 6,
    'cors_sidecar_requests_total{method="PUT",code="200",kind="actual"}': 2,
    'cors_sidecar_requests_total{method="GET",code="204",kind="actual"}': 2,
    'cors_sidecar_requests_total{method="GET",code="200",kind="preflight"}': 2,
    'cors_sidecar_decisions_total{kind="actual",decision="allowed",reason="origin-exact"}': 6,
    'cors_sidecar_decisions_total{kind="preflight",decision="allowed",reason="origin-exact"}': 2,
    'cors_sidecar_decisions_total{kind="actual",decision="allowed",reason="origin-wildcard"}': 2,
    'cors_sidecar_decisions_total{kind="actual",decision="neutral",reason="origin-exact"}': 2,
  })
})

t.test('a histogram counts each duration in every bucket above it', async t => {
  const metrics = createMetrics({ version: '1', now })
  for (const durationMs of [0.5, 30, 30, 120_000]) {
    metrics.record(sampleExchange({ durationMs, upstreamMs: undefined }))
  }
  metrics.record(sampleExchange({ status: 101, durationMs: 900, upstreamMs: 4 }))
  const seen = await samples(metrics)
  const name = 'cors_sidecar_request_duration_seconds'
  t.equal(seen.get(`${name}_bucket{le="0.001",kind="actual"}`), 1)
  t.equal(seen.get(`${name}_bucket{le="0.025",kind="actual"}`), 1)
  t.equal(seen.get(`${name}_bucket{le="0.05",kind="actual"}`), 3)
  t.equal(seen.get(`${name}_bucket{le="60",kind="actual"}`), 3)
  t.equal(seen.get(`${name}_bucket{le="+Inf",kind="actual"}`), 4)
  t.equal(seen.get(`${name}_count{kind="actual"}`), 4)
  t.equal(seen.get(`${name}_sum{kind="actual"}`), 120.0605)
  t.equal(seen.get('cors_sidecar_upstream_first_byte_seconds_bucket{le="0.005"}'), 1)
  t.equal(seen.get('cors_sidecar_upstream_first_byte_seconds_count'), 1)
})

t.test('states and faults', async t => {
  const metrics = createMetrics({ version: '1', now })
  t.notOk((await samples(metrics)).has('cors_sidecar_upstream_up'), 'unknown until asked')
  metrics.requestStarted()
  metrics.requestStarted()
  metrics.requestEnded()
  metrics.upgradeOpened()
  metrics.upgradeOpened()
  metrics.upgradeClosed()
  metrics.connectionDropped('limit')
  metrics.logLinesDropped(7)
  metrics.configReloaded('failure')
  metrics.setUpstreamUp(false)
  metrics.setDraining(true)
  metrics.record(sampleExchange({ failure: 'connect-refused', status: 502 }))
  t.match(Object.fromEntries(await samples(metrics)), {
    cors_sidecar_requests_in_flight: 1,
    cors_sidecar_upgrades_active: 1,
    'cors_sidecar_connections_dropped_total{reason="limit"}': 1,
    cors_sidecar_log_lines_dropped_total: 7,
    'cors_sidecar_config_reloads_total{result="success"}': 0,
    'cors_sidecar_config_reloads_total{result="failure"}': 1,
    cors_sidecar_config_last_reload_success_timestamp_seconds: 1_700_000_000,
    cors_sidecar_upstream_up: 0,
    cors_sidecar_draining: 1,
    'cors_sidecar_upstream_errors_total{reason="connect-refused"}': 1,
  })
})

t.test('the traffic itself says whether the upstream is up', async t => {
  const metrics = createMetrics({ version: '1', now })
  const isUp = async () => (await samples(metrics)).get('cors_sidecar_upstream_up')
  for (const [when, changed, expected] of [
    ['it answered', { upstreamStatus: 500, status: 500 }, 1],
    ['it refused', { upstreamStatus: undefined, failure: 'connect-refused' }, 0],
    ['a preflight was answered without it', { upstreamStatus: undefined }, 0],
    ['it answered again', { upstreamStatus: 204 }, 1],
    ['it failed at one request', { upstreamStatus: undefined, failure: 'reset' }, 1],
  ] as const) {
    metrics.record(sampleExchange(changed))
    t.equal(await isUp(), expected, when)
  }
})

t.test('no peer can add a time series by its origin, path or method', async t => {
  const metrics = createMetrics({ version: '1', now })
  metrics.record(sampleExchange())
  const series = async () =>
    [...(await samples(metrics)).keys()].filter(name => name.startsWith('cors_sidecar_')).length
  const before = await series()
  for (let peer = 0; peer < 50; peer++) {
    metrics.record(sampleExchange({ target: `/${peer}`, client: `10.0.0.${peer}` }))
    metrics.record(sampleExchange({ method: `M${peer}` }))
  }
  t.equal((await series()) - before, 1, 'one for all unknown methods together')
})

t.test('the numbers of several processes are summed', async t => {
  const [one, two] = [createMetrics({ version: '1', now }), createMetrics({ version: '1', now })]
  for (const metrics of [one, two]) {
    metrics.record(sampleExchange({ durationMs: 30 }))
    metrics.requestStarted()
  }
  two.setDraining(true)
  // As workers send them: through a channel that carries JSON.
  const sent = JSON.parse(JSON.stringify([await one.snapshot(), await two.snapshot()]))
  const seen = read(await renderSum(sent))
  t.match(Object.fromEntries(seen), {
    'cors_sidecar_requests_total{method="GET",code="200",kind="actual"}': 2,
    'cors_sidecar_request_duration_seconds_bucket{le="0.05",kind="actual"}': 2,
    'cors_sidecar_request_duration_seconds_bucket{le="0.025",kind="actual"}': 0,
    'cors_sidecar_request_duration_seconds_count{kind="actual"}': 2,
    cors_sidecar_requests_in_flight: 2,
    cors_sidecar_draining: 1,
    [`cors_sidecar_build_info{version="1",node="${process.version}"}`]: 1,
  })
})

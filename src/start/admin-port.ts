// The admin port of a running sidecar: what it shows is looked up here, each time it is asked.
import type { Server } from 'node:http'
import { fileURLToPath } from 'node:url'
import { type Admin, createAdmin } from '../admin/admin.js'
import type { Check } from '../admin/health.js'
import { isReachableFromElsewhere, wayIn } from '../admin/way-in.js'
import type { ListenAddress } from '../config/address-types.js'
import type { Settings } from '../config/options.js'
import { explain } from '../observe/explanation.js'
import type { Log } from '../observe/log.js'
import { type Metrics, metricsContentType, renderSum } from '../observe/metrics.js'
import type { RecentExchanges } from '../observe/recent-exchanges.js'
import type { Suggester, Suggestion } from '../observe/suggest.js'
import { suggestionNow } from '../observe/suggestion-now.js'
import { ListenError } from '../serve/listen-error.js'
import { listen } from '../serve/listener.js'
import type { Configuration } from '../serve/serving.js'
import type { UpstreamProbe } from '../serve/upstream-probe.js'
import { atLocalhost } from '../terms/loopback.js'
import { version } from '../terms/version.js'
import type { WorkerGroup } from '../workers/workers.js'
import { replay } from './replay.js'

/** What serves, in this process or in several. */
export interface ServingProxy extends Omit<WorkerGroup, 'snapshots'> {
  readonly snapshots?: WorkerGroup['snapshots']
}

/** What the admin port shows, as it stands now. */
export interface Running {
  configuration: Configuration
  proxy: ServingProxy | undefined
  readonly probe: UpstreamProbe | undefined
  readonly recent: RecentExchanges<unknown> | undefined
  readonly suggester: Suggester | undefined
}

interface Outside {
  readonly log: Log
  readonly metrics: Metrics
  /** Whether another port will do where that of `adminListen` is taken. */
  readonly mayMove: boolean
  settingsView(): unknown
  onQuit(): void
}

export interface AdminPort {
  readonly admin: Admin
  readonly url: string
  /** How a person gets to the inspector. */
  readonly inspector: string
}

/** Undefined when it is off. */
export async function startAdmin(
  state: Running,
  { log, metrics, mayMove, settingsView, onQuit }: Outside,
): Promise<AdminPort | undefined> {
  const { adminListen } = state.configuration.settings
  if (adminListen === undefined) return undefined
  const settings = () => state.configuration.settings
  const proxyUrl = () => state.proxy?.url ?? ''
  const admin = createAdmin({
    version: () => ({ name: 'cors-sidecar', version, node: process.version }),
    adminToken: () => settings().adminToken,
    isStarted: () => state.proxy !== undefined,
    isDraining: () => state.proxy?.isDraining ?? false,
    readinessChecks: async () =>
      settings().readyCheckUpstream ? [await upstreamCheck(state.probe)] : [],
    metrics: async () => ({
      contentType: metricsContentType,
      text: await renderAll(state, metrics),
    }),
    settings: settingsView,
    explain: question => explain(state.configuration.policies, question, settings()),
    suggest: () => suggestionNow(suggestionOf(state), state.configuration.policies, settings()),
    inspector: () =>
      state.recent && {
        directory: fileURLToPath(new URL('../../inspector', import.meta.url)),
        recent: state.recent,
        about: () => ({
          version,
          url: atLocalhost(proxyUrl()),
          inspectLimit: settings().inspectLimit,
        }),
        connectSources: () => connectSources(atLocalhost(proxyUrl())),
        async replay(key) {
          const exchange = state.recent?.original(key)
          return exchange && replay(exchange, proxyUrl(), settings().requestIdHeader)
        },
        async why(text) {
          // Loaded when it is first asked for: most sidecars never are.
          const { reportOnText } = await import('../why/report.js')
          return reportOnText(text)
        },
      },
    isQuitAllowed: () => settings().quitquitquit,
    quit: onQuit,
    failed: error => log.event('error', 'internal-error', { error: String(error) }),
  })
  const url = await listenNear(admin.server, adminListen, mayMove ? portsToTry : 1)
  return { admin, url, inspector: inspectorText(settings(), url) }
}

async function upstreamCheck(probe: UpstreamProbe | undefined): Promise<Check> {
  const failed = await probe?.failure()
  return { name: 'upstream', isPassed: failed === undefined, reason: failed?.failure }
}

/** The smallest policy that fits the traffic so far. */
export function suggestionOf({ suggester }: Running): Suggestion {
  return suggester?.suggest() ?? nothingLearned
}

const nothingLearned: Suggestion = {
  exchanges: 0,
  origins: [],
  doubtful: [],
  settings: undefined,
  text: undefined,
  notes: [
    'There is nothing to suggest: set inspect, reportOnly or isolate: report, so that traffic is watched.',
  ],
}

async function renderAll({ proxy }: Running, metrics: Metrics): Promise<string> {
  if (proxy?.snapshots === undefined) return metrics.render()
  return renderSum([await metrics.snapshot(), ...(await proxy.snapshots())])
}

function inspectorText({ inspect, adminToken }: Settings, url: string): string {
  return wayIn({
    url: atLocalhost(url),
    inspects: inspect,
    hasToken: adminToken !== undefined,
    isReachable: isReachableFromElsewhere(url),
  })
}

/** The address itself, or the first port above it that is free, as far as another will do. */
async function listenNear(server: Server, address: ListenAddress, tries: number): Promise<string> {
  try {
    return await listen(server, address, 'adminListen')
  } catch (error) {
    const isTaken = error instanceof ListenError && error.code === 'EADDRINUSE'
    if (!isTaken || tries <= 1 || 'path' in address) throw error
    return listenNear(server, { ...address, port: address.port + 1 }, tries - 1)
  }
}

/** More sidecars on one machine are somebody's mistake. */
const portsToTry = 20

function connectSources(url: string): readonly string[] {
  return url.startsWith('http') ? [url, url.replace(/^http/u, 'ws')] : []
}

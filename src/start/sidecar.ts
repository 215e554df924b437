import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { type Admin, createAdmin } from '../admin/admin.js'
import type { Check } from '../admin/health.js'
import { createUpstreamProbe, type UpstreamProbe } from '../admin/upstream-probe.js'
import { isReachableFromElsewhere, wayIn } from '../admin/way-in.js'
import { addressText, type ListenAddress } from '../config/address-types.js'
import type { Settings } from '../config/options.js'
import { secretValues } from '../config/shown-settings.js'
import type { Exchange } from '../observe/exchange.js'
import { toView } from '../observe/exchange-view.js'
import { explain } from '../observe/explanation.js'
import { createLog, type Log } from '../observe/log.js'
import type { LogDestination } from '../observe/log-destination.js'
import { createMetrics, type Metrics, metricsContentType, renderSum } from '../observe/metrics.js'
import { createRecentExchanges, type RecentExchanges } from '../observe/recent-exchanges.js'
import { createSuggester, type Suggester, type Suggestion } from '../observe/suggest.js'
import { type Configuration, listen, type Observers, startProxy } from '../serve/listener.js'
import { probedUpstream, routeTable } from '../serve/serving.js'
import { version } from '../terms/version.js'
import type { WorkerGroup } from '../workers/workers.js'

/** What a start needs to know beside the configuration. */
export interface StartOptions {
  readonly isTerminal: boolean
  readonly isColoured?: boolean
  /** Where log lines go; standard output unless given. */
  readonly logDestination?: LogDestination
  /** The effective settings, secrets masked, for the admin port. */
  readonly settingsView?: () => unknown
  /** Learns from traffic what policy would fit, even where no setting asks for it. */
  readonly learns?: boolean
  /** Asked to stop from outside, as by SIGTERM. */
  readonly onQuit?: () => void
}

/** The whole program at work: proxy, log, metrics, admin port. */
export interface Sidecar {
  readonly url: string
  /** Undefined when the admin port is off. */
  readonly adminUrl: string | undefined
  /** How a person gets to the inspector, in words; undefined when the admin port is off. */
  readonly inspector: string | undefined
  readonly log: Log
  readonly metrics: Metrics
  /** Asks the upstream whether it answers. */
  isUpstreamUp(): Promise<boolean>
  /** The smallest policy that fits the traffic so far. */
  suggest(): Suggestion
  /**
   * Swaps to another configuration in one step; requests under way keep theirs. Rejects, with
   * nothing swapped, when a certificate can't be used. With several workers each swaps for itself.
   */
  reload(next: Configuration): Promise<void>
  /** Drains and stops; resolves when nothing of it is left. */
  close(): Promise<void>
}

/** Puts the pieces together and starts them; rejects when an address can't be listened on. */
export async function startSidecar(
  configuration: Configuration,
  options: StartOptions,
): Promise<Sidecar> {
  const { settings } = configuration
  const metrics = createMetrics({ version })
  const log = await createLog({
    level: settings.logLevel,
    format: settings.logFormat,
    requests: settings.logRequests,
    isTerminal: options.isTerminal,
    isColoured: options.isColoured ?? false,
    ...(options.logDestination === undefined ? {} : { destination: options.logDestination }),
    onDropped: lines => metrics.logLinesDropped(lines),
  })
  const recent = settings.inspect
    ? createRecentExchanges(settings.inspectLimit, exchange =>
        toView(exchange, state.configuration.settings, secretValues(state.configuration.settings)),
      )
    : undefined
  const learns = settings.inspect || settings.reportOnly || options.learns === true
  const suggester = learns ? createSuggester() : undefined
  const probe = createUpstreamProbe({
    upstream: probedUpstream(settings),
    onAnswer: isUp => metrics.setUpstreamUp(isUp),
  })
  const state: Running = { configuration, proxy: undefined, probe, recent, suggester }
  log.event('info', 'config-loaded', configurationFields(settings))
  const admin = await startAdmin(state, log, metrics, options)
  try {
    const remember = rememberIn(state)
    const observers = { log, metrics, ...(remember && { remember }) }
    state.proxy = isShared(settings)
      ? await shareWork(configuration, observers, options)
      : await serveAlone(configuration, observers)
  } catch (error) {
    await admin?.admin.close()
    throw error
  }
  const { proxy } = state
  tellFallback(log, settings.listen, proxy.url)
  tellFallback(log, settings.adminListen, admin?.url)
  const inspector = admin && inspectorText(settings, admin.url)
  log.event('info', 'listening', {
    url: proxy.url,
    adminUrl: admin?.url,
    inspector,
    routes: routeTable(settings),
  })
  let closing: Promise<void> | undefined
  return {
    url: proxy.url,
    adminUrl: admin?.url,
    inspector,
    log,
    metrics,
    isUpstreamUp: () => probe.isUp(),
    suggest: () => suggestionOf(state),
    async reload(next) {
      await proxy.reload(next)
      state.configuration = next
      log.setLevel(next.settings.logLevel)
      log.setRequests(next.settings.logRequests)
    },
    close() {
      closing ??= closeAll(proxy, admin?.admin, log)
      return closing
    },
  }
}

/** What serves, in this process or in several. */
interface ServingProxy extends Omit<WorkerGroup, 'snapshots'> {
  readonly snapshots?: WorkerGroup['snapshots']
}

function isShared({ workers }: Settings): boolean {
  return workers === 'auto' ? availableParallelism() > 1 : workers > 1
}

/** With one worker, this process serves and nothing of the others is loaded. */
async function serveAlone(
  configuration: Configuration,
  observers: Observers,
): Promise<ServingProxy> {
  const proxy = await startProxy(configuration, observers)
  return {
    url: proxy.url,
    get isDraining() {
      return proxy.isDraining
    },
    async reload(next) {
      // First what can fail: then nothing has been swapped.
      proxy.reloadTls(next.settings)
      proxy.reload(next)
    },
    close: () => proxy.close(),
  }
}

async function shareWork(
  configuration: Configuration,
  observers: Observers,
  { isTerminal, isColoured = false }: StartOptions,
): Promise<ServingProxy> {
  const { startWorkers } = await import('../workers/workers.js')
  return startWorkers(configuration, { ...observers, isTerminal, isColoured })
}

/** Says so where every IPv4 address had to stand in for every address. */
function tellFallback(log: Log, asked: ListenAddress | undefined, url: string | undefined): void {
  if (asked === undefined || 'path' in asked || asked.host !== '::') return
  if (url === undefined || !url.includes('//0.0.0.0:')) return
  log.event('warn', 'no-ipv6', {
    msg: `This machine has no IPv6: ${url} is listened on in place of ${addressText(asked)}.`,
  })
}

/** The configuration in a few words, without any secret. */
function configurationFields({ upstream, routes, allowOrigins, reportOnly }: Settings) {
  return {
    upstream: upstream?.href,
    routes: routes.length === 0 ? undefined : routes.map(route => route.prefix),
    allowOrigins,
    reportOnly: reportOnly || undefined,
  }
}

/** What the admin port shows, as it stands now. */
interface Running {
  configuration: Configuration
  proxy: ServingProxy | undefined
  readonly probe: UpstreamProbe
  readonly recent: RecentExchanges<unknown> | undefined
  readonly suggester: Suggester | undefined
}

/** What is told of each exchange; undefined when nobody would ask for it later. */
function rememberIn({ recent, suggester }: Running): ((exchange: Exchange) => void) | undefined {
  if (!recent && !suggester) return undefined
  return exchange => {
    recent?.record(exchange)
    suggester?.record(exchange)
  }
}

async function closeAll(proxy: ServingProxy, admin: Admin | undefined, log: Log): Promise<void> {
  await proxy.close()
  await admin?.close()
  await log.flush()
}

async function startAdmin(
  state: Running,
  log: Log,
  metrics: Metrics,
  options: StartOptions,
): Promise<{ readonly admin: Admin; readonly url: string } | undefined> {
  const { adminListen } = state.configuration.settings
  if (adminListen === undefined) return undefined
  const settings = () => state.configuration.settings
  const admin = createAdmin({
    version: () => ({ name: 'cors-sidecar', version, node: process.version }),
    adminToken: () => settings().adminToken,
    isStarted: () => state.proxy !== undefined,
    isDraining: () => state.proxy?.isDraining ?? false,
    readinessChecks: async (): Promise<readonly Check[]> =>
      settings().readyCheckUpstream
        ? [{ name: 'upstream', isPassed: await state.probe.isUp() }]
        : [],
    metrics: async () => ({
      contentType: metricsContentType,
      text: await renderAll(state, metrics),
    }),
    settings: () => options.settingsView?.(),
    explain: question => explain(state.configuration.policies, question, settings()),
    suggest: () => suggestionOf(state),
    inspector: () =>
      state.recent && {
        directory: fileURLToPath(new URL('../../inspector', import.meta.url)),
        recent: state.recent,
        about: () => ({
          version,
          url: dialled(state.proxy?.url ?? ''),
          inspectLimit: settings().inspectLimit,
        }),
        connectSources: () => connectSources(dialled(state.proxy?.url ?? '')),
      },
    isQuitAllowed: () => settings().quitquitquit,
    quit: () => options.onQuit?.(),
    failed: error => log.event('error', 'internal-error', { error: String(error) }),
  })
  return { admin, url: await listen(admin.server, adminListen, 'adminListen') }
}

function suggestionOf({ suggester }: Running): Suggestion {
  return suggester?.suggest() ?? nothingLearned
}

async function renderAll({ proxy }: Running, metrics: Metrics): Promise<string> {
  if (proxy?.snapshots === undefined) return metrics.render()
  return renderSum([await metrics.snapshot(), ...(await proxy.snapshots())])
}

const nothingLearned: Suggestion = {
  exchanges: 0,
  origins: [],
  doubtful: [],
  settings: undefined,
  text: undefined,
  notes: ['Nothing is learned from traffic unless inspect or reportOnly is set.'],
}

function inspectorText({ inspect, adminToken }: Settings, url: string): string {
  return wayIn({
    url: dialled(url),
    inspects: inspect,
    hasToken: adminToken !== undefined,
    isReachable: isReachableFromElsewhere(url),
  })
}

/** An address as a page on this machine can reach it. */
function dialled(url: string): string {
  return url.replace(/\/\/(?:0\.0\.0\.0|\[::1?\])/u, '//localhost')
}

function connectSources(url: string): readonly string[] {
  return url.startsWith('http') ? [url, url.replace(/^http/u, 'ws')] : []
}

import { availableParallelism } from 'node:os'
import type { Admin } from '../admin/admin.js'
import { addressText, type ListenAddress } from '../config/address-types.js'
import type { Settings } from '../config/options.js'
import { shownProxies } from '../config/outbound-proxy.js'
import { secretValues } from '../config/shown-settings.js'
import type { Exchange } from '../observe/exchange.js'
import { toView } from '../observe/exchange-view.js'
import { createLog, type Log } from '../observe/log.js'
import type { LogDestination } from '../observe/log-destination.js'
import { createMetrics, type Metrics } from '../observe/metrics.js'
import { createRecentExchanges } from '../observe/recent-exchanges.js'
import { createSuggester, type Suggestion } from '../observe/suggest.js'
import type { UpstreamAddress } from '../proxy/message/address.js'
import { type Observers, startProxy } from '../serve/listener.js'
import { type Configuration, probedUpstreams, routeTable } from '../serve/serving.js'
import {
  createUpstreamProbe,
  type ProbedUpstream,
  type UpstreamProbe,
} from '../serve/upstream-probe.js'
import type { FailureReport } from '../terms/upstream-failure.js'
import { version } from '../terms/version.js'
import { type Running, type ServingProxy, startAdmin, suggestionOf } from './admin-port.js'

/** What a start needs to know beside the configuration. */
export interface StartOptions {
  readonly isTerminal: boolean
  /** Whether another admin port will do where that one is taken. */
  readonly adminMayMove?: boolean
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
  /** Asks every upstream; what each that does not answer fails with. */
  upstreamFailures(): Promise<ReadonlyMap<UpstreamAddress, FailureReport>>
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
    ? createRecentExchanges(settings.inspectLimit, (exchange, key) => {
        const running = state.configuration.settings
        return toView(exchange, running, secretValues(running), key)
      })
    : undefined
  const learns = settings.inspect || reports(settings) || options.learns === true
  const suggester = learns ? createSuggester() : undefined
  const probes = probedUpstreams(configuration).map((first, index) => {
    // Readiness and its metric ask the first one.
    const onAnswer = (isUp: boolean) => index === 0 && metrics.setUpstreamUp(isUp)
    // Where the upstreams are only a restart can change; how they are reached a reload can, too.
    const upstream = () => probedUpstreams(state.configuration)[index] ?? first
    return { upstream: first, probe: createUpstreamProbe({ upstream, onAnswer }) }
  })
  const probe = probes[0]?.probe
  const state: Running = { configuration, proxy: undefined, probe, recent, suggester }
  log.event('info', 'config-loaded', configurationFields(settings))
  const admin = await startAdmin(state, {
    log,
    metrics,
    mayMove: options.adminMayMove ?? false,
    settingsView: () => options.settingsView?.(),
    onQuit: () => options.onQuit?.(),
  })
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
  const inspector = admin?.inspector
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
    upstreamFailures: () => failuresOf(probes),
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

async function failuresOf(
  probes: readonly { readonly upstream: ProbedUpstream; readonly probe: UpstreamProbe }[],
): Promise<ReadonlyMap<UpstreamAddress, FailureReport>> {
  const asked = await Promise.all(
    probes.map(
      async ({ upstream, probe }) => [upstream.destination.address, await probe.failure()] as const,
    ),
  )
  return new Map(asked.flatMap(([address, failed]) => (failed ? [[address, failed]] : [])))
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
    msg: `This machine has no IPv6: ${url} is used instead of ${addressText(asked)}.`,
  })
}

/** The configuration in a few words, without any secret. */
function configurationFields(settings: Settings) {
  const { upstream, routes, allowOrigins, outboundProxy, reportOnly } = settings
  const proxies = shownProxies(outboundProxy)
  return {
    upstream: upstream?.href,
    routes: routes.length === 0 ? undefined : routes.map(route => route.prefix),
    outboundProxy: proxies.length === 0 ? undefined : proxies,
    allowOrigins,
    reportOnly: reportOnly || undefined,
  }
}

/** Whether somebody wants to know what a policy would do before it does it. */
function reports({ reportOnly, isolate, paths }: Settings): boolean {
  return reportOnly || isolate === 'report' || paths.some(path => path.isolate === 'report')
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

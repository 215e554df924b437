import type { Server } from 'node:http'
import { addressText, type ListenAddress } from '../config/address-types.js'
import type { Settings } from '../config/options.js'
import type { Exchange } from '../observe/exchange.js'
import type { Log } from '../observe/log.js'
import { openedFields } from '../observe/log-fields.js'
import { reportLostCookies } from '../observe/lost-cookies.js'
import type { Metrics } from '../observe/metrics.js'
import { reportRepairs } from '../observe/upstream-repairs.js'
import { createAdmission } from '../proxy/exchange/forward.js'
import { Handler } from '../proxy/exchange/handler.js'
import type { ExchangeEvents } from '../proxy/exchange/serving-state.js'
import { UpstreamPools } from '../proxy/http1/pools.js'
import { createProxyServer, type ServerRules } from '../proxy/listen/server.js'
import { ListenError } from './listen-error.js'
import { type Configuration, compileServing } from './serving.js'

/** What a sidecar tells the world by. */
export interface Observers {
  readonly log: Log
  readonly metrics: Metrics
  /** Called with each exchange that has ended; for the inspector. */
  readonly remember?: (exchange: Exchange) => void
}

/** A proxy that is listening. */
export interface ListeningProxy {
  /** Where it listens: `http://host:port`, or `unix:PATH`. */
  readonly url: string
  readonly isDraining: boolean
  /** Requests from now on follow this configuration, as far as it can change while running. */
  reload(next: Configuration): void
  /** Replaces the certificate of a TLS listener with that of these settings. */
  reloadTls(settings: Settings): void
  /**
   * Stops in order: marked as draining at once, still serving through `shutdownDelay`, then
   * accepting no more and finishing what is under way within `shutdownTimeout`; what is left then
   * is cut. Resolves when nothing of it is left. Safe to call more than once.
   */
  close(): Promise<void>
}

const CLOSE_IDLE_MS = 250
const UNUSED_GRACE_MS = 1_000
/** How long an open upgrade may take to answer our end with its own. */
const UPGRADE_END_MS = 2_000
/** By when a socket that was closed has told so. */
const CLOSED_MS = 1_000

/** Starts the proxy; resolves when it listens, rejects with a {@link ListenError} when it can't. */
export async function startProxy(
  first: Configuration,
  observers: Observers,
): Promise<ListeningProxy> {
  const { settings } = first
  const pools = new UpstreamPools()
  const { log, metrics } = observers
  const noteCookies = reportLostCookies(log)
  const events: ExchangeEvents = {
    onBegun: () => metrics.requestStarted(),
    record: exchange => {
      metrics.requestEnded()
      metrics.record(exchange)
      log.record(exchange)
      noteCookies(exchange)
      observers.remember?.(exchange)
    },
    onInternalError: (error, exchange) => {
      log.event('error', 'internal-error', { id: exchange?.id, error: textOf(error) })
    },
    onUpstreamRepaired: reportRepairs(log, metrics),
    onLoginByConnection: onceEach(kept => {
      if (kept === 'bound') log.event('info', 'login-bound', { msg: loginBound })
      else log.event('warn', 'login-alone', { msg: loginAlone })
    }),
    onUpgradeOpened: exchange => {
      metrics.upgradeOpened()
      log.event('info', 'upgrade-opened', openedFields(exchange))
    },
    onUpgradeClosed: () => metrics.upgradeClosed(),
  }
  const admission = createAdmission(
    settings,
    onceAMinute(streams => {
      log.event('warn', 'streams-nearly-full', { streams, maxStreams: settings.maxStreams })
    }),
  )
  const base = { pools, admission, events }
  const compile = (next: Configuration) => compileServing(next, base)
  const handler = new Handler(compile(first))
  const { exchanges, connections } = handler
  const proxyServer = createProxyServer(serverRules(settings), handler, {
    onDropped: reason => metrics.connectionDropped(reason),
  })
  const { server } = proxyServer
  const url = await listen(server, settings.listen, 'listen', settings.tlsCert !== undefined)
  let current = settings
  let closing: Promise<void> | undefined

  return {
    url,
    get isDraining() {
      return handler.isDraining
    },
    reload(next) {
      handler.swap(compile(next))
      current = next.settings
    },
    reloadTls(next) {
      const tls = tlsOf(next)
      if (tls !== undefined) proxyServer.useCertificate(tls)
    },
    close() {
      closing ??= drain()
      return closing
    },
  }

  /** What is still held when nothing should be: whatever it is, it was forgotten. */
  function census(): Record<string, number> | undefined {
    const counts = Object.entries({ ...admission.held, connections: pools.size })
    const held = counts.filter(([, count]) => count !== 0)
    return held.length === 0 ? undefined : Object.fromEntries(held)
  }

  async function drain(): Promise<void> {
    const { shutdownDelay, shutdownTimeout } = current
    handler.drain()
    proxyServer.drain()
    metrics.setDraining(true)
    log.event('info', 'draining', { delayMs: shutdownDelay, timeoutMs: shutdownTimeout })
    if (shutdownDelay > 0) await after(shutdownDelay)
    const closed = new Promise<void>(resolve => server.close(() => resolve()))
    exchanges.endUpgrades()
    proxyServer.drain()
    const cutUpgrades = setTimeout(() => exchanges.cutUpgrades(), UPGRADE_END_MS)
    // Busy connections become idle one by one; Node closes only those that are idle right now.
    const sweep = setInterval(() => proxyServer.closeIdle(), CLOSE_IDLE_MS)
    // A client that has only just connected may still bring its request; a silent one may not stay.
    const unused = setTimeout(() => connections.closeUnused(), UNUSED_GRACE_MS)
    const cut = setTimeout(() => {
      exchanges.cutAll()
      proxyServer.closeAll()
    }, shutdownTimeout)
    await closed
    await exchanges.whenQuiet()
    clearInterval(sweep)
    clearTimeout(unused)
    clearTimeout(cut)
    clearTimeout(cutUpgrades)
    pools.close()
    const until = performance.now() + CLOSED_MS
    while (census() !== undefined && performance.now() < until) await after(10)
    const left = census()
    if (left !== undefined) log.event('warn', 'left-behind', left)
    log.event('info', 'drained')
  }
}

function serverRules(settings: Settings): ServerRules {
  return {
    headersTimeout: settings.headersTimeout,
    requestTimeout: settings.requestTimeout,
    keepAliveTimeout: settings.keepAliveTimeout,
    maxConnections: settings.maxConnections,
    maxHeaderSize: settings.maxHeaderSize,
    tls: tlsOf(settings),
  }
}

function tlsOf({ tlsCert, tlsKey }: Settings): ServerRules['tls'] {
  if (tlsCert === undefined || tlsKey === undefined) return undefined
  return { cert: tlsCert.text, key: tlsKey.text }
}

/**
 * Lets a server listen; resolves with its URL, rejects with a {@link ListenError}. Where `::` stands
 * for every address and the machine has no IPv6, that is every IPv4 address, and the URL says so.
 */
export function listen(
  server: Server,
  address: ListenAddress,
  option: ListenError['option'],
  isTls = false,
): Promise<string> {
  return tryToListen(server, address, isTls).catch((error: NodeJS.ErrnoException) => {
    if ('path' in address || address.host !== '::' || !lacksIPv6(error)) {
      throw new ListenError(addressText(address), option, error)
    }
    return listen(server, { host: '0.0.0.0', port: address.port }, option, isTls)
  })
}

/** Without the module in the kernel, or with it and no address at all. */
function lacksIPv6({ code }: NodeJS.ErrnoException): boolean {
  return code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL'
}

function tryToListen(server: Server, address: ListenAddress, isTls: boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(address, () => {
      server.removeListener('error', reject)
      resolve(urlOf(server, address, isTls))
    })
  })
}

function urlOf(server: Server, address: ListenAddress, isTls: boolean): string {
  const bound = server.address()
  if ('path' in address || bound === null || typeof bound === 'string') return addressText(address)
  return `${isTls ? 'https' : 'http'}://${addressText({ ...address, port: bound.port })}`
}

const loginBound =
  'The upstream authenticates connections (NTLM, Negotiate): each client connection that logs in has one to itself.'
const loginAlone =
  'The upstream authenticates connections (NTLM, Negotiate), and a log-in came through another proxy, which may serve many clients on one connection: its connection is used for that one request.'

/** Calls once for each value. */
function onceEach<Told>(tell: (told: Told) => void): (told: Told) => void {
  const known = new Set<Told>()
  return told => {
    if (known.has(told)) return
    known.add(told)
    tell(told)
  }
}

/** Calls at most once a minute. */
function onceAMinute<Told>(tell: (told: Told) => void): (told: Told) => void {
  let nextAt = 0
  return told => {
    const now = performance.now()
    if (now < nextAt) return
    nextAt = now + 60_000
    tell(told)
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

function after(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}

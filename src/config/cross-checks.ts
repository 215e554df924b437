// What is wrong only when two settings meet, or a setting meets the world around it.

import { error, warning } from '../terms/finding.js'
import { isLoopbackHost } from '../terms/loopback.js'
import { flagName } from '../terms/option-names.js'
import { addressText, type ListenAddress, type Upstream } from './address-types.js'
import { checkResponseFields, checkSetRequestHeaders } from './check-fields.js'
import { anyHostChecks, isAnyHost, openListenChecks } from './check-open-listen.js'
import { checkPresets } from './check-presets.js'
import { checkUpstreamHosts } from './check-upstream-hosts.js'
import type { OptionFinding } from './option-finding.js'
import type { OptionName, Settings } from './options.js'
import { checkOutboundProxy } from './proxy-variables.js'

/** True for the options that somebody set, whatever the source. */
export type IsSet = (option: OptionName) => boolean

type NameOf = (option: OptionName) => string

interface Circumstances {
  readonly isSet: IsSet
  /** The name that set an option, or its flag. */
  readonly nameOf: NameOf
  readonly needsUpstream: boolean
  /** In the container image, and not in a pod. */
  readonly isContainer: boolean
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** Everything that one value alone cannot tell. */
export function crossCheck(
  settings: Settings,
  { isSet, nameOf, needsUpstream, isContainer, now }: Circumstances,
): OptionFinding[] {
  return [
    ...upstreamChecks(settings, needsUpstream, nameOf),
    ...addressChecks(settings, nameOf),
    ...openListenChecks(settings),
    ...anyHostChecks(settings),
    ...certificateChecks(settings),
    ...timeChecks(settings, isSet),
    ...checkSetRequestHeaders(settings),
    ...checkResponseFields(settings),
    ...checkUpstreamHosts(settings, isContainer),
    ...checkOutboundProxy(settings),
    ...checkPresets(settings, now),
    ...uselessChecks(settings, isSet),
  ]
}

function upstreamChecks(
  settings: Settings,
  needsUpstream: boolean,
  nameOf: NameOf,
): OptionFinding[] {
  const found: OptionFinding[] = []
  const { upstream, routes } = settings
  if (needsUpstream && upstream === undefined && !routes.some(({ prefix }) => prefix === '/')) {
    found.push({
      option: 'upstream',
      ...error('value-invalid', 'is not set, so there is nowhere to forward to', {
        advice:
          'Write cors-sidecar http://localhost:5000, or set CORS_SIDECAR_UPSTREAM=http://localhost:5000',
      }),
    })
  }
  for (const option of ['listen', 'adminListen'] as const) {
    const address = settings[option]
    if (address === undefined) continue
    const loop = (where: 'upstream' | 'routes', item: string): OptionFinding => ({
      option: where,
      ...error(
        'conflict',
        `is this program's own address (${nameOf(option)}): requests would go round in circles`,
        {
          item,
          advice: `Name the API's own port, or choose another address with --${flagName(option)}.`,
        },
      ),
    })
    if (upstream !== undefined && isOwnAddress(upstream, address)) {
      found.push(loop('upstream', upstream.href))
    }
    for (const route of routes) {
      if (isOwnAddress(route.upstream, address)) {
        found.push(loop('routes', `${route.prefix}=${route.upstream.href}`))
      }
    }
  }
  return found
}

function isOwnAddress(upstream: Upstream, address: ListenAddress): boolean {
  if ('path' in address) return upstream.socketPath === address.path
  if (address.port === 0 || upstream.port !== address.port) return false
  return sameHost(upstream.hostname, address.host)
}

// A name other than localhost may point here too; only a look-up could tell.
function sameHost(a: string, b: string): boolean {
  if (a === b) return true
  const isLocal = (host: string) => isAnyHost(host) || isLoopbackHost(host)
  if (isAnyHost(a) || isAnyHost(b)) return isLocal(a) && isLocal(b)
  const isPlain = (host: string) => host === 'localhost' || host === '127.0.0.1' || host === '::1'
  return isPlain(a) && isPlain(b)
}

function addressChecks({ listen, adminListen }: Settings, nameOf: NameOf): OptionFinding[] {
  if (adminListen === undefined) return []
  const same =
    'path' in listen
      ? 'path' in adminListen && listen.path === adminListen.path
      : 'port' in adminListen &&
        listen.port !== 0 &&
        listen.port === adminListen.port &&
        (sameHost(listen.host, adminListen.host) ||
          isAnyHost(listen.host) ||
          isAnyHost(adminListen.host))
  if (!same) return []
  const next = 'port' in adminListen ? `${adminListen.host}:${adminListen.port + 1}` : 'off'
  return [
    {
      option: 'adminListen',
      ...error('conflict', `is the same address as ${nameOf('listen')}`, {
        item: addressText(adminListen),
        correction: next,
      }),
    },
  ]
}

function certificateChecks(settings: Settings): OptionFinding[] {
  const found: OptionFinding[] = []
  for (const [cert, key, flag] of [
    ['tlsCert', 'tlsKey', '--tls'],
    ['upstreamCert', 'upstreamKey', '--upstream'],
  ] as const) {
    if ((settings[cert] === undefined) === (settings[key] === undefined)) continue
    const [set, missing] = settings[cert] === undefined ? [key, 'cert'] : [cert, 'key']
    found.push({
      option: set,
      ...error('conflict', 'is set without its counterpart', {
        item: settings[set]?.path,
        advice: `Set ${flag}-${missing} too.`,
      }),
    })
  }
  return found
}

function timeChecks(settings: Settings, isSet: IsSet): OptionFinding[] {
  const found: OptionFinding[] = []
  const { headersTimeout, requestTimeout, shutdownDelay, shutdownTimeout } = settings
  if (requestTimeout !== 0 && headersTimeout > requestTimeout) {
    const option = isSet('headersTimeout') ? 'headersTimeout' : 'requestTimeout'
    found.push({
      option,
      ...error(
        'conflict',
        `makes the head of a request (headers-timeout, ${seconds(headersTimeout)}) slower than the whole (request-timeout, ${seconds(requestTimeout)})`,
        {
          advice: 'Make headers-timeout the shorter one.',
        },
      ),
    })
  }
  const graceMs = 30_000
  if (shutdownDelay + shutdownTimeout > graceMs) {
    const option = isSet('shutdownTimeout') ? 'shutdownTimeout' : 'shutdownDelay'
    found.push({
      option,
      ...warning(
        'value-range',
        `makes stopping take up to ${seconds(shutdownDelay + shutdownTimeout)} (shutdown-delay and shutdown-timeout together), and Kubernetes kills after 30s by default`,
        {
          advice: 'Shorten one of them, or raise terminationGracePeriodSeconds above their sum.',
        },
      ),
    })
  }
  return found
}

const seconds = (ms: number): string => (ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`)

/** Options that have no effect beside the others: usually a sign that something else was meant. */
function uselessChecks(settings: Settings, isSet: IsSet): OptionFinding[] {
  const found: OptionFinding[] = []
  const upstreams = [settings.upstream, ...settings.routes.map(route => route.upstream)]
  const isClearText =
    upstreams.some(upstream => upstream !== undefined) &&
    !upstreams.some(upstream => upstream?.protocol === 'https:')
  if (isClearText) {
    for (const option of ['upstreamCa', 'upstreamCert', 'upstreamKey'] as const) {
      const item = settings[option]?.path
      if (item === undefined) continue
      found.push({
        option,
        ...error('conflict', 'is about TLS, and no upstream is an https:// one', {
          item,
          advice: 'Remove it, or write the upstream with https://.',
        }),
      })
    }
    if (settings.upstreamInsecure) {
      found.push({
        option: 'upstreamInsecure',
        ...warning('conflict', 'has no effect: no upstream is an https:// one'),
      })
    }
  } else if (settings.upstreamInsecure) {
    const finding = warning(
      'conflict',
      'leaves the upstream unverified: anyone in between can read and change everything',
      { advice: 'Trust its certificate with --upstream-ca FILE instead.' },
    )
    found.push({ option: 'upstreamInsecure', ...finding })
  }
  if (settings.watch && settings.config === undefined) {
    found.push({ option: 'watch', ...warning('conflict', 'has no effect without --config') })
  }
  if (settings.adminListen === undefined) {
    for (const option of ['adminToken', 'quitquitquit', 'readyCheckUpstream'] as const) {
      if (!isSet(option) || settings[option] === false) continue
      found.push({
        option,
        ...warning('conflict', 'has no effect while admin-listen is off'),
      })
    }
  }
  return found
}

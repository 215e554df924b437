import type { Settings } from '../config/options.js'
import { shownProxies } from '../config/outbound-proxy.js'
import type { PolicySet } from '../policy/policy.js'
import type { UpstreamAddress } from '../proxy/message/address.js'
import { isPlainOrigin } from '../terms/paste.js'
import { type FailureReport, failureRow } from '../terms/upstream-failure.js'
import { type BannerLine, bannerText } from './banner-layout.js'

/** What a person sees on a terminal when the program is ready. */
export interface BannerFacts {
  readonly version: string
  readonly url: string
  readonly adminUrl: string | undefined
  /** How a person gets to the inspector. */
  readonly inspector: string | undefined
  /** Of those upstreams that do not answer. */
  readonly failures: ReadonlyMap<UpstreamAddress, FailureReport>
  readonly settings: Settings
  readonly policies: PolicySet
}

/** The start banner: addresses, upstream, policy in one line, and two lines to paste. */
export function banner(facts: BannerFacts, isColoured: boolean): string {
  const { settings, url, version } = facts
  const origin = exampleOrigin(settings.allowOrigins)
  const lines: readonly BannerLine[] = [
    { label: 'Listening', value: url },
    ...upstreamLines(facts),
    ...proxyLines(settings),
    { label: 'Policy', value: policyLine(settings) },
    ...adminLine(facts),
  ]
  const next = [
    'Try it:',
    `  curl -i ${url}/ -H 'Origin: ${origin}'`,
    `  await (await fetch('${url}/')).text()   // on a page of ${origin}`,
    ...(settings.onDisallowed === 'block' ? [] : ['', notAuthorisation]),
  ]
  return bannerText(`cors-sidecar ${version}`, lines, next, isColoured)
}

const notAuthorisation =
  'CORS decides which pages may read responses; it does not protect the API. --on-disallowed=block refuses more.'

function upstreamLines({ settings, failures }: BannerFacts): BannerLine[] {
  const routes = settings.routes.map(({ prefix, upstream, stripPrefix }) => ({
    label: 'Route',
    value: `${prefix} -> ${upstream.href}${stripPrefix ? ' (prefix removed)' : ''}`,
    ...upstreamState(failures.get(upstream)),
  }))
  const { upstream } = settings
  if (upstream === undefined) return routes
  const state = upstreamState(failures.get(upstream))
  return [...routes, { label: 'Upstream', value: upstream.href, ...state }]
}

function upstreamState(
  failed: FailureReport | undefined,
): Pick<BannerLine, 'note' | 'tone' | 'below'> {
  if (failed === undefined) return { note: 'answers', tone: 'good' }
  const { status, happened, cure } = failureRow(failed.failure)
  const note = `${failed.failure}: requests get ${status} until this is fixed`
  return { note, tone: 'warning', below: [happened, cure] }
}

function proxyLines({ outboundProxy }: Settings): BannerLine[] {
  const proxies = shownProxies(outboundProxy)
  if (proxies.length === 0) return []
  const note = outboundProxy.from === 'env' ? 'of the environment' : 'on the way to the upstream'
  return [{ label: 'Proxy', value: proxies.join(' '), note }]
}

/** The policy in one line: who, with what. */
export function policyLine(settings: Settings): string {
  const { allowOrigins, allowCredentials, reportOnly, paths } = settings
  const isAny = allowOrigins.length === 1 && allowOrigins[0] === '*'
  const isNobody = allowOrigins.every(entry => entry === 'none')
  const who = isNobody ? 'no origin is allowed' : shortList(allowOrigins)
  const credentials = (allowCredentials ?? !isAny) ? 'with credentials' : 'without credentials'
  const also = [
    ...(isNobody ? [] : [credentials]),
    ...(paths.length === 0 ? [] : [`${paths.length} path policies`]),
    ...(reportOnly ? ['report only: nothing is enforced'] : []),
  ]
  return [who, ...also].join(', ')
}

function shortList(items: readonly string[]): string {
  const shown = items.slice(0, 3).join(' ')
  return items.length > 3 ? `${shown} and ${items.length - 3} more` : shown
}

function adminLine({ adminUrl, inspector, settings }: BannerFacts): BannerLine[] {
  if (adminUrl === undefined || inspector === undefined) return []
  const { adminListen } = settings
  const asked = adminListen !== undefined && 'port' in adminListen ? adminListen.port : 0
  const isMoved = asked !== 0 && !adminUrl.endsWith(`:${asked}`)
  const below = isMoved ? { below: [`${asked} is taken by another program`] } : {}
  return settings.inspect
    ? [{ label: 'Admin', value: inspector, ...below }]
    : [{ label: 'Admin', value: adminUrl, note: `inspector ${inspector}`, ...below }]
}

/** An origin that the policy allows, to paste; wildcards are filled in. */
function exampleOrigin(allowOrigins: readonly string[]): string {
  const examples = allowOrigins.map(entry =>
    entry === 'loopback'
      ? 'http://localhost:3000'
      : entry.replace('://*.', '://app.').replace(':*', ':3000').replace('*', 'app'),
  )
  return examples.find(isPlainOrigin) ?? 'https://app.example.com'
}

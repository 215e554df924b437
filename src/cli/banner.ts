import type { Settings } from '../config/options.js'
import type { PolicySet } from '../policy/policy.js'

/** What a person sees on a terminal when the program is ready. */
export interface BannerFacts {
  readonly version: string
  readonly url: string
  readonly adminUrl: string | undefined
  /** How a person gets to the inspector. */
  readonly inspector: string | undefined
  readonly isUpstreamUp: boolean
  readonly settings: Settings
  readonly policies: PolicySet
}

/** The start banner: addresses, upstream, policy in one line, and two lines to paste. */
export function banner(facts: BannerFacts, isColoured: boolean): string {
  const { settings, url } = facts
  const paint = painter(isColoured)
  const origin = exampleOrigin(settings.allowOrigins)
  const lines = [
    '',
    `  ${paint('1', `cors-sidecar ${facts.version}`)}`,
    '',
    `  Listening  ${paint('36', url)}`,
    ...upstreamLines(facts, paint),
    `  Policy     ${policyLine(settings)}`,
    ...adminLine(facts, paint),
    '',
    '  Try it:',
    `    curl -i ${url}/ -H 'Origin: ${origin}'`,
    `    await (await fetch('${url}/')).text()   // on a page of ${origin}`,
    '',
    ...(settings.onDisallowed === 'block' ? [] : [paint('2', notAuthorisation), '']),
  ]
  return `${lines.join('\n')}\n`
}

const notAuthorisation =
  '  CORS decides which pages may read answers; it keeps nobody else out. --on-disallowed=block refuses more.'

type Paint = (code: string, text: string) => string

function painter(isColoured: boolean): Paint {
  return (code, text) => (isColoured ? `\u001b[${code}m${text}\u001b[0m` : text)
}

function upstreamLines({ settings, isUpstreamUp }: BannerFacts, paint: Paint): string[] {
  const state = isUpstreamUp
    ? paint('32', 'answers')
    : paint('33', 'does not answer yet: requests get 502 until it does')
  const rest =
    settings.upstream === undefined ? [] : [`  Upstream   ${settings.upstream.href}  ${state}`]
  const routes = settings.routes.map(
    ({ prefix, upstream, stripPrefix }) =>
      `  Route      ${prefix} -> ${upstream.href}${stripPrefix ? ' (prefix taken off)' : ''}`,
  )
  return [...routes, ...rest]
}

/** The policy in one line: who, with what. */
export function policyLine(settings: Settings): string {
  const { allowOrigins, allowCredentials, reportOnly, paths } = settings
  const isAny = allowOrigins.length === 1 && allowOrigins[0] === '*'
  const who = allowOrigins.length === 0 ? 'no origin is allowed' : shortList(allowOrigins)
  const credentials = (allowCredentials ?? !isAny) ? 'with credentials' : 'without credentials'
  const also = [
    ...(allowOrigins.length === 0 ? [] : [credentials]),
    ...(paths.length === 0 ? [] : [`${paths.length} path policies`]),
    ...(reportOnly ? ['report only: nothing is enforced'] : []),
  ]
  return [who, ...also].join(', ')
}

function shortList(items: readonly string[]): string {
  const shown = items.slice(0, 3).join(' ')
  return items.length > 3 ? `${shown} and ${items.length - 3} more` : shown
}

function adminLine({ adminUrl, inspector, settings }: BannerFacts, paint: Paint): string[] {
  if (adminUrl === undefined || inspector === undefined) return []
  return settings.inspect
    ? [`  Admin      ${paint('36', inspector)}`]
    : [`  Admin      ${paint('36', adminUrl)}  inspector ${inspector}`]
}

/** An origin that the policy allows, to paste; wildcards are filled in. */
function exampleOrigin(allowOrigins: readonly string[]): string {
  const first = allowOrigins.find(entry => !entry.startsWith('/') && entry !== 'null')
  if (first === undefined || first === '*') return 'https://app.example.com'
  if (first === 'loopback') return 'http://localhost:3000'
  return first.replace('://*.', '://app.').replace(':*', ':3000').replace('*', 'app')
}

import { askingOf, maps, placed, quoted } from './caddy-maps.js'
import type { Engine } from './engine.js'
import { type Plan, type PlannedPolicy, policiesOf } from './plan.js'
import { serverLacks } from './server-lacks.js'

export const caddy: Engine = {
  name: 'caddy',
  title: 'Caddy',
  proof: 'run',
  comment: '#',
  lacks: ['expose-all', 'merge-expose', ...serverLacks, 'unescaped-paths', 'own-errors'],
  write: plan =>
    [
      '# Put this into a site. route keeps what follows in this order.',
      ...maps(plan),
      'route {',
      ...rules(plan).map(line => `\t${line}`),
      '}',
    ]
      .map(line => `${line}\n`)
      .join(''),
}

function rules(plan: Plan): string[] {
  const asking = askingOf(plan)
  const asks = `${asking} != ""`
  const listed = '{cors_origin} != ""'
  const unlisted = '{cors_origin} == ""'
  const preflight = ['{method} == "OPTIONS"', asks, '{header.Access-Control-Request-Method} != ""']
  const noPreflight = `!(${preflight.join(' && ')})`
  const upgrade = '{header.Upgrade}.lowerAscii() == "websocket"'
  const here = '{scheme} + "://" + {hostport}'
  const stranger = `!({header.Sec-Fetch-Site} in ["same-origin", "none"] || {header.Sec-Fetch-Site} == "" && ${asking} == ${here})`
  const lines: string[] = []
  const matcher = (conditions: readonly string[]): string => {
    const name = `@cors_${lines.filter(line => line.startsWith('@')).length + 1}`
    lines.push(`${name} expression \`${conditions.join(' && ')}\``)
    return name
  }
  const set = (conditions: readonly string[], fields: readonly (readonly [string, string])[]) => {
    if (fields.length === 0) return
    lines.push(
      `header ${matcher(conditions)} {`,
      ...fields.map(([name, text]) => `\t${name} ${quoted(text)}`),
      '\tdefer',
      '}',
    )
  }
  for (const { policy, here: place } of placed(plan)) {
    const { origins, credentials, timingAllowOrigin } = policy
    const granted = origins.any ? [...place, asks] : [...place, listed]
    const fields = (allowOrigin: string): (readonly [string, string])[] => [
      ['Access-Control-Allow-Origin', allowOrigin],
      ...(credentials && allowOrigin !== '*'
        ? [['Access-Control-Allow-Credentials', 'true'] as const]
        : []),
    ]
    const actual = (allowOrigin: string): (readonly [string, string])[] => [
      ...exposed(policy),
      ...(timingAllowOrigin ? [['Timing-Allow-Origin', allowOrigin] as const] : []),
    ]
    const allowOrigin = origins.any ? '*' : '{cors_origin}'
    set(origins.any ? [...place, 'true'] : granted, fields(allowOrigin))
    set([...granted, noPreflight], actual(allowOrigin))
    set([...granted, ...preflight], preflightFields(policy))
    if (policy.allowPrivateNetwork) {
      const asked = '{header.Access-Control-Request-Private-Network} == "true"'
      set([...granted, ...preflight, asked], [['Access-Control-Allow-Private-Network', 'true']])
    }
    const field = policy.originFallback !== undefined && 'header' in policy.originFallback
    const vary = ['Origin', ...(field ? [policy.originFallback.header] : [])].join(', ')
    if (!origins.any) set([...place, 'true'], [['+Vary', vary]])
  }
  if (plan.paths.length > 0) set(['{cors_policy} == "none"'], [['+Vary', 'Origin']])
  set(preflight, [['+Vary', 'Access-Control-Request-Method, Access-Control-Request-Headers']])
  lines.push(
    '# What the upstream says of CORS is taken out before that.',
    'header {',
    '\t-Access-Control-*',
  )
  if (policiesOf(plan).some(({ timingAllowOrigin }) => timingAllowOrigin))
    lines.push('\t-Timing-Allow-Origin')
  lines.push('\tdefer', '}')
  const respond = (conditions: readonly string[], status: number) =>
    lines.push(`respond ${matcher(conditions)} ${status}`)
  for (const { policy, here: place } of placed(plan)) {
    if (!policy.origins.any) respond([...place, ...preflight, unlisted], 403)
    if (policy.preflight === 'answer') respond([...place, ...preflight], policy.preflightStatus)
    if (policy.origins.any) continue
    const strangers = [...place, asks, unlisted, stranger]
    respond(policy.blocks ? strangers : [...strangers, upgrade], 403)
  }
  if (plan.paths.length > 0) {
    respond(['{cors_policy} == "none"', ...preflight], 403)
    respond(['{cors_policy} == "none"', asks, stranger, upgrade], 403)
  }
  return lines
}

function exposed({ expose }: PlannedPolicy): (readonly [string, string])[] {
  const names = [...expose].join(', ')
  return names === '' ? [] : [['Access-Control-Expose-Headers', names]]
}

function preflightFields(policy: PlannedPolicy): (readonly [string, string])[] {
  const { methods, headers, credentials, namesAuthorization, maxAge } = policy
  const requested = (name: string) => `{header.Access-Control-Request-${name}}`
  const allHeaders = namesAuthorization ? '*, authorization' : '*'
  const fields: (readonly [string, string])[] = [
    ['Access-Control-Allow-Methods', methods.join(', ')],
    [
      'Access-Control-Allow-Headers',
      headers !== '*' ? headers.join(', ') : credentials ? requested('Headers') : allHeaders,
    ],
  ]
  if (maxAge !== undefined) fields.push(['Access-Control-Max-Age', String(maxAge)])
  return fields.filter(([, text]) => text !== '')
}

import type { Engine } from './engine.js'
import { pathExpression, strangePath } from './paths.js'
import { type Plan, type PlannedPolicy, policiesOf } from './plan.js'

export const caddy: Engine = {
  name: 'caddy',
  title: 'Caddy',
  proof: 'run',
  comment: '#',
  lacks: [
    'expose-all',
    'merge-expose',
    'respect-upstream',
    'upstream-origin',
    'report-only',
    'isolation',
    'public-fallback',
    'name-prefixes',
    'expressions',
    'strange-paths',
    'unescaped-paths',
    'own-errors',
  ],
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

/** A policy, and the condition under which it holds. */
interface Placed {
  readonly policy: PlannedPolicy
  readonly key: string
  readonly here: readonly string[]
}

function placed(plan: Plan): readonly Placed[] {
  const isOne = plan.paths.length === 0
  return policiesOf(plan).map((policy, at) => ({
    policy,
    key: isOne ? '' : `${at}:`,
    here: isOne ? [] : [`{cors_policy} == "${at}"`],
  }))
}

function maps(plan: Plan): string[] {
  const lines: string[] = []
  const { paths } = plan
  if (paths.length > 0) {
    const matches = paths.map(({ match }) => match)
    lines.push('# A path that servers read in different ways falls under no policy.')
    lines.push(
      ...map('{uri}', '{cors_policy}', [
        [`~^[^?]*${strangePath(matches)}`, 'none'],
        ...matches.map((match, at): Row => [`~^${pathExpression(match)}`, String(at)]),
        ['default', String(paths.length)],
      ]),
    )
  }
  const by = paths.length > 0 ? '{cors_policy}:' : ''
  const asking = askingOf(plan)
  if (asking === '{cors_asking}')
    lines.push(...map(`${by}{header.Origin}`, asking, askingRows(plan)))
  const rows = placed(plan).flatMap(({ policy: { origins }, key }): Row[] => [
    ...origins.exact.map((origin): Row => [`${key}${origin}`, origin]),
    ...origins.expressions.map((one): Row => [`~^${key}(${one.sources.at(-1)})$`, capture]),
  ])
  const shapes = policiesOf(plan).flatMap(({ origins }) =>
    origins.expressions
      .filter(({ sources }) => sources.length > 1)
      .map(({ sources }) => sources[0]),
  )
  if (shapes[0] !== undefined) {
    // RE2 looks nowhere ahead, so what every expression must match is looked at before.
    lines.push('# No expression may let in what is no origin.')
    lines.push(
      ...map(asking, '{cors_asking_origin}', [
        [`~^(${shapes[0]})$`, capture],
        ['default', ''],
      ]),
    )
  }
  lines.push(
    ...map(`${by}${shapes[0] === undefined ? asking : '{cors_asking_origin}'}`, '{cors_origin}', [
      ...rows,
      ['default', ''],
    ]),
  )
  return lines
}

/** What an expression has found, in the words of RE2: all other groups capture nothing. */
const capture = `$${'{1}'}`

const askingOf = (plan: Plan): string =>
  policiesOf(plan).some(({ originFallback }) => originFallback)
    ? '{cors_asking}'
    : '{header.Origin}'

const askingRows = (plan: Plan): readonly Row[] => [
  ...placed(plan).flatMap(({ policy: { originFallback }, key }): Row[] => {
    if (originFallback === undefined) return []
    return [
      [
        key,
        'origin' in originFallback ? originFallback.origin : `{header.${originFallback.header}}`,
      ],
    ]
  }),
  ['default', '{header.Origin}'],
]

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

type Row = readonly [input: string, output: string]

const map = (source: string, name: string, rows: readonly Row[]): string[] => [
  `map ${source} ${name} {`,
  ...rows.map(
    ([input, output]) => `\t${input === 'default' ? input : quoted(input)} ${quoted(output)}`,
  ),
  '}',
]

/** In double quotes, only their end is special. */
const quoted = (text: string): string =>
  /^[\w.:/*-]+$/u.test(text) ? text : `"${text.replaceAll('"', '\\"')}"`

// The maps of an nginx export: each variable is empty where nothing is to be sent or done.

import { wholeExpression } from './origin-expressions.js'
import { pathExpression, strangePath } from './paths.js'
import type { Plan, PlannedPolicy } from './plan.js'

export type Row = readonly [key: string, value: string]

export interface Writing {
  readonly plan: Plan
  /** What stands in front of every looked-up text where there are several policies. */
  readonly by: string
  /** The variable with the origin that is judged. */
  readonly asking: string
  /** The rows of each policy, which gets what their keys begin with. */
  readonly rows: (write: (policy: PlannedPolicy, key: string) => readonly Row[]) => Row[]
}

export interface Field {
  readonly name: string
  readonly variable: string
  /** What the variable depends on, and what it comes to. */
  readonly source: string
  readonly rows: readonly Row[]
}

export function mapsText(writing: Writing, fields: readonly Field[]): string {
  const { by, asking, rows } = writing
  const maps = [
    ...(fields.some(field => field.rows.some(([, text]) => text.includes('{cors_dollar}')))
      ? ['# nginx has no escape for a dollar sign.\ngeo $cors_dollar { default "$"; }']
      : []),
    ...pathMaps(writing),
    ...originMaps(writing),
    '# A preflight is an OPTIONS with both of these fields.',
    map(`"$request_method:$http_access_control_request_method:${asking}"`, 'cors_preflight', [
      ['~^OPTIONS:[^:].*:.', '1'],
    ]),
    ...fields.map(({ source, variable, rows }) => map(source, variable, rows)),
    map(
      `"${by}$cors_preflight:$cors_allow_origin"`,
      'cors_preflight_status',
      rows(({ preflight, preflightStatus }, key) =>
        preflight === 'answer' ? [[`~^${key}1:.`, String(preflightStatus)]] : [],
      ),
    ),
    map(`"${by}$cors_preflight"`, 'cors_vary', varyRows(writing)),
    '# A page of this very host is no stranger.',
    map(`"$http_sec_fetch_site|$scheme://$http_host|${asking}"`, 'cors_stranger', [
      ['~\\|$', ''],
      ['~^(?:same-origin|none)\\|', ''],
      ['~^\\|(.+)\\|\\1$', ''],
      ['default', '1'],
    ]),
    map(
      `"${by}$cors_preflight:$cors_stranger:$cors_listed:$http_upgrade"`,
      'cors_refused',
      refusedRows(writing),
    ),
  ]
  return `${[...bucketSize(writing), ...maps].join('\n')}\n`
}

// By default a bucket takes a name of about 40 characters.
function bucketSize({ rows }: Writing): string[] {
  const names = rows(({ origins }, key) => origins.exact.map(origin => [`${key}${origin}`, '']))
  const longest = Math.max(0, ...names.map(([name]) => name.length))
  if (longest <= 40) return []
  const size = 2 ** Math.ceil(Math.log2(longest + 32))
  return [
    `# An origin is long. Where there is such a line already, raise it.\nmap_hash_bucket_size ${size};`,
  ]
}

function pathMaps({ plan }: Writing): string[] {
  const { paths } = plan
  if (paths.length === 0) return []
  const strange = `~^[^?]*${strangePath(paths.map(({ match }) => match))}`
  return [
    '# A path that servers read in different ways falls under no policy.',
    map('$request_uri', 'cors_policy', [
      [strange, 'none'],
      ...paths.map(({ match }, at): Row => [`~^${pathExpression(match)}`, String(at)]),
      ['default', String(paths.length)],
    ]),
  ]
}

function originMaps({ by, asking, rows }: Writing): string[] {
  const found = rows(({ origins }, key) => [
    ...origins.exact.map((origin): Row => [`${key}${origin}`, origin]),
    ...origins.expressions.map((one): Row => [`~^${key}${wholeExpression(one).slice(1)}`, asking]),
  ])
  return [
    ...(asking === '$http_origin' ? [] : [askingMap({ by, rows })]),
    map(`"${by}${asking}"`, 'cors_spelling', found),
    '# nginx looks up without regard to case, but an origin counts byte for byte.',
    map(`"$cors_spelling ${asking}"`, 'cors_listed', [['~^(\\S+) \\1$', asking]]),
  ]
}

const askingMap = ({ by, rows }: Pick<Writing, 'by' | 'rows'>): string =>
  map(`"${by}$http_origin"`, 'cors_asking', [
    ...rows(({ originFallback }, key) => {
      if (originFallback === undefined) return []
      const other =
        'origin' in originFallback
          ? originFallback.origin
          : `$http_${originFallback.header.toLowerCase().replaceAll('-', '_')}`
      return [[key, other]]
    }),
    ['default', '$http_origin'],
  ])

function varyRows({ by, rows }: Writing): Row[] {
  const found = rows(({ origins, originFallback }, key) => {
    const field = originFallback !== undefined && 'header' in originFallback
    const names = ['Origin', ...(field ? [spelt(originFallback.header)] : [])].join(', ')
    return [
      [`${key}1`, `${names}, Access-Control-Request-Method, Access-Control-Request-Headers`],
      [by === '' ? 'default' : key, origins.any ? '' : names],
    ]
  })
  return by === '' ? found : [...found, ['default', 'Origin']]
}

function refusedRows({ by, rows }: Writing): Row[] {
  const found = rows(({ origins, blocks }, key) => {
    if (origins.any) return []
    const upgrade: Row = [`~*^${key}:1::websocket$`, '1']
    const preflight: Row = [`~^${key}1:1?::`, '1']
    return [preflight, blocks ? [`~^${key}:1::`, '1'] : upgrade]
  })
  return by === '' ? found : [...found, ['~*^none:(?:1:|:1::websocket$)', '1']]
}

function map(source: string, name: string, rows: readonly Row[]): string {
  const lines = rows.map(([key, text]) => {
    const word = /^\$?\w+$/u.test(text) ? text : `"${text}"`
    return `    ${key === 'default' ? key : quoted(key)} ${word};\n`
  })
  return `map ${source} $${name} {\n${lines.join('')}}`
}

/** In quotes, nginx takes a backslash for itself before these only. */
const quoted = (text: string): string => `"${text.replace(/\\(?=["'\\trn])|"/gu, '\\$&')}"`

/** The name of a field, in which nginx must see no variable: it has no escape for a dollar sign. */
export const spelt = (name: string): string => name.replaceAll('$', dollar)

const dollar = ['$', '{cors_dollar}'].join('')

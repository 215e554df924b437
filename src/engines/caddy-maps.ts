import { pathExpression, strangePath } from './paths.js'
import { type Plan, type PlannedPolicy, policiesOf } from './plan.js'

/** A policy, and the condition under which it holds. */
interface Placed {
  readonly policy: PlannedPolicy
  readonly key: string
  readonly here: readonly string[]
}

export function placed(plan: Plan): readonly Placed[] {
  const isOne = plan.paths.length === 0
  return policiesOf(plan).map((policy, at) => ({
    policy,
    key: isOne ? '' : `${at}:`,
    here: isOne ? [] : [`{cors_policy} == "${at}"`],
  }))
}

/** Finds the policy of a request and the origin that is listed, if any. */
export function maps(plan: Plan): string[] {
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

/** The variable that holds the origin which asks. */
export const askingOf = (plan: Plan): string =>
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

type Row = readonly [input: string, output: string]

const map = (source: string, name: string, rows: readonly Row[]): string[] => [
  `map ${source} ${name} {`,
  ...rows.map(
    ([input, output]) => `\t${input === 'default' ? input : quoted(input)} ${quoted(output)}`,
  ),
  '}',
]

/** In double quotes, only their end is special. */
export const quoted = (text: string): string =>
  /^[\w.:/*-]+$/u.test(text) ? text : `"${text.replaceAll('"', '\\"')}"`

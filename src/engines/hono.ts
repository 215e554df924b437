import type { Engine } from './engine.js'
import { libraryLacks } from './library-lacks.js'
import { objectText, originTexts } from './node-cors.js'
import { listedHeaders, methodsOf, type PlannedPolicy } from './plan.js'

export const hono: Engine = {
  name: 'hono',
  title: 'Hono',
  proof: 'run',
  comment: '//',
  lacks: [
    ...libraryLacks,
    'respect-upstream',
    'refused-upstream-fields',
    'all-options',
    'paths',
    'own-errors',
  ],
  write: ({ rest }) =>
    [
      "// app.use('*', corsPolicy) before all routes.",
      "import { cors } from 'hono/cors'",
      '',
      ...(rest.origins.any
        ? []
        : [
            'const origins = [',
            ...originTexts(rest).map(text => `  ${text},`),
            ']',
            'const isListed = origin =>',
            "  origins.some(one => (typeof one === 'string' ? one === origin : one.test(origin)))",
            '',
          ]),
      `export const corsPolicy = cors(${objectText(options(rest))})`,
      '',
    ].join('\n'),
}

function options(policy: PlannedPolicy): string[][] {
  const { origins, credentials, expose, maxAge } = policy
  return [
    ['origin', origins.any ? "'*'" : 'origin => (isListed(origin) ? origin : null)'],
    ['allowMethods', JSON.stringify(methodsOf(policy))],
    ...headersOption(policy),
    ...(credentials ? [['credentials', 'true']] : []),
    ...(expose.length > 0 ? [['exposeHeaders', JSON.stringify([...expose])]] : []),
    ...(maxAge === undefined ? [] : [['maxAge', String(maxAge)]]),
  ]
}

/** Without names all that are asked for are allowed; accept needs no permission. */
function headersOption(policy: PlannedPolicy): string[][] {
  if (policy.headers === '*' && policy.credentials) return []
  const names = listedHeaders(policy)
  return [['allowHeaders', JSON.stringify(names.length === 0 ? ['accept'] : names)]]
}

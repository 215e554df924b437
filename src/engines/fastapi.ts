import type { Engine } from './engine.js'
import { libraryLacks } from './library-lacks.js'
import { wholeExpression } from './origin-expressions.js'
import { methodsOf, type PlannedPolicy } from './plan.js'

export const fastapi: Engine = {
  name: 'fastapi',
  title: 'FastAPI and Starlette',
  proof: 'run',
  comment: '#',
  lacks: [
    ...libraryLacks,
    'respect-upstream',
    'refused-upstream-fields',
    'vary',
    'max-age',
    'empty-names',
    'options-for-nothing',
    'paths',
    'covers-authorization',
  ],
  write: ({ rest }) =>
    [
      '# add_cors(app), after all other middleware: what is added last comes first.',
      'from starlette.middleware.cors import CORSMiddleware',
      '',
      '',
      'def add_cors(app):',
      '    app.add_middleware(',
      '        CORSMiddleware,',
      ...optionLines(rest).map(line => `        ${line}`),
      '    )',
      '',
    ].join('\n'),
}

function optionLines(policy: PlannedPolicy): string[] {
  const { origins, headers, credentials, expose, maxAge } = policy
  const expressions = origins.expressions.map(one => `(?:${wholeExpression(one)})`)
  return [
    `allow_origins=${JSON.stringify(origins.any ? ['*'] : origins.exact)},`,
    ...(expressions.length > 0 ? [`allow_origin_regex=r'${expressions.join('|')}',`] : []),
    '# A preflight for a method that needs no permission is refused, too, where it is not listed.',
    `allow_methods=${JSON.stringify(methodsOf(policy))},`,
    `allow_headers=${JSON.stringify([...headers])},`,
    `allow_credentials=${credentials ? 'True' : 'False'},`,
    `expose_headers=${JSON.stringify([...expose])},`,
    // There is no way to say none; browsers take five seconds for it.
    `max_age=${maxAge ?? 5},`,
  ]
}

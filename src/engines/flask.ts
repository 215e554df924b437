import type { Engine } from './engine.js'
import { libraryLacks } from './library-lacks.js'
import { escaped, wholeExpression } from './origin-expressions.js'
import { methodsOf, type PlannedPolicy } from './plan.js'

export const flask: Engine = {
  name: 'flask',
  title: 'Flask-CORS',
  proof: 'run',
  comment: '#',
  lacks: [
    ...libraryLacks.filter(name => name !== 'merge-expose'),
    'upstream-fields',
    'all-options',
    'vary',
    'paths',
    'covers-authorization',
  ],
  write: ({ rest }) =>
    [
      '# init_cors(app), once.',
      'import re',
      '',
      'from flask_cors import CORS',
      '',
      '',
      'def init_cors(app):',
      '    CORS(',
      '        app,',
      ...optionLines(rest).map(line => `        ${line}`),
      '    )',
      '',
    ].join('\n'),
}

function optionLines({
  headers,
  credentials,
  expose,
  maxAge,
  origins,
  ...policy
}: PlannedPolicy): string[] {
  const isAny = headers === '*'
  return [
    ...(origins.any
      ? ["origins='*',", 'send_wildcard=True,']
      : [
          '# As expressions, since texts are compared without regard to case, and one alone gets no Vary.',
          'origins=[',
          ...origins.exact.map(origin => `    re.compile(r'${`^${escaped(origin)}$`}'),`),
          ...origins.expressions.map(one => `    re.compile(r'${wholeExpression(one)}'),`),
          '],',
        ]),
    `methods=${JSON.stringify(methodsOf({ headers, credentials, expose, maxAge, origins, ...policy }))},`,
    `allow_headers=${isAny ? "'*'" : `[${headers.map(headerText).join(', ')}]`},`,
    ...(credentials ? ['supports_credentials=True,'] : []),
    ...(expose.length > 0 ? [`expose_headers=${JSON.stringify([...expose])},`] : []),
    ...(maxAge === undefined ? [] : [`max_age='${maxAge}',`]),
  ]
}

/** A name that looks like an expression would be read as one. */
const headerText = (name: string): string =>
  /[*^]/u.test(name)
    ? `re.compile(r"^${name.replace(/[*^$.+|]/gu, '\\$&')}$", re.I)`
    : JSON.stringify(name)

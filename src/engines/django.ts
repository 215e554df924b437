import type { Engine } from './engine.js'
import { libraryLacks } from './library-lacks.js'
import { escaped, wholeExpression } from './origin-expressions.js'
import { listedHeaders, methodsOf, type PlannedPolicy } from './plan.js'

export const django: Engine = {
  name: 'django',
  title: 'Django (django-cors-headers)',
  proof: 'run',
  comment: '#',
  lacks: [
    ...libraryLacks,
    'respect-upstream',
    'refused-upstream-fields',
    'any-header',
    'options-for-nothing',
    'options-without-origin',
    'paths',
  ],
  write: ({ rest }) =>
    [
      '# At the end of settings.py. Needs the package django-cors-headers.',
      "INSTALLED_APPS = [*INSTALLED_APPS, 'corsheaders']",
      '# Before all other middleware, which may answer, too.',
      "MIDDLEWARE = ['corsheaders.middleware.CorsMiddleware', *MIDDLEWARE]",
      ...settings(rest),
      '',
    ].join('\n'),
}

function settings(policy: PlannedPolicy): string[] {
  const { origins, credentials, expose, maxAge } = policy
  return [
    ...(origins.any
      ? ['CORS_ALLOW_ALL_ORIGINS = True']
      : [
          '# As expressions, since of texts only the scheme and the host are compared.',
          'CORS_ALLOWED_ORIGIN_REGEXES = [',
          ...origins.exact.map(origin => `    r'^${escaped(origin)}$',`),
          ...origins.expressions.map(one => `    r'${wholeExpression(one)}',`),
          ']',
        ]),
    `CORS_ALLOW_METHODS = ${JSON.stringify(methodsOf(policy))}`,
    `CORS_ALLOW_HEADERS = ${JSON.stringify(listedHeaders(policy))}`,
    ...(credentials ? ['CORS_ALLOW_CREDENTIALS = True'] : []),
    ...(expose.length > 0 ? [`CORS_EXPOSE_HEADERS = ${JSON.stringify([...expose])}`] : []),
    '# For 0 none is sent, and browsers take five seconds.',
    `CORS_PREFLIGHT_MAX_AGE = ${maxAge ?? 0}`,
  ]
}

import type { Engine } from './engine.js'
import { libraryLacks } from './library-lacks.js'
import { wholeExpression } from './origin-expressions.js'
import { pathExpression, strangePath } from './paths.js'
import { methodsOf, type Plan, type PlannedPolicy } from './plan.js'

export const express: Engine = {
  name: 'express',
  title: 'Express (cors)',
  proof: 'run',
  comment: '//',
  lacks: [...libraryLacks, 'upstream-fields', 'all-options', 'strange-paths', 'own-errors'],
  write: plan =>
    [
      '// app.use(corsPolicy) before everything else. Needs the package cors.',
      "import cors from 'cors'",
      '',
      ...(plan.paths.length === 0
        ? [`export const corsPolicy = cors(${optionsText(plan.rest)})`]
        : severalText(plan)),
      '',
    ].join('\n'),
}

function severalText({ rest, paths }: Plan): string[] {
  const strange = new RegExp(`^[^?]*${strangePath(paths.map(({ match }) => match))}`)
  return [
    'const policies = [',
    '  // A path that servers read in different ways lets nobody in.',
    `  [${strange}, { origin: [] }],`,
    ...paths.map(
      policy =>
        `  [${new RegExp(`^${pathExpression(policy.match)}`)}, ${optionsText(policy, '  ')}],`,
    ),
    `  [/^/, ${optionsText(rest, '  ')}],`,
    ']',
    '',
    'export const corsPolicy = cors((request, done) =>',
    '  done(null, policies.find(([path]) => path.test(request.originalUrl))[1]),',
    ')',
  ]
}

function optionsText(policy: PlannedPolicy, indent = ''): string {
  const { origins, credentials, expose, maxAge, preflightStatus } = policy
  // One origin as a list, too: only lists are compared with the Origin of the request.
  const entries = [
    ...origins.exact.map(origin => JSON.stringify(origin)),
    ...origins.expressions.map(one => String(new RegExp(wholeExpression(one)))),
  ]
  const options = [
    ['origin', origins.any ? "'*'" : `[${entries.join(', ')}]`],
    ['methods', JSON.stringify(methodsOf(policy))],
    ...headersOption(policy),
    ...(credentials ? [['credentials', 'true']] : []),
    ...(expose.length > 0 ? [['exposedHeaders', JSON.stringify([...expose])]] : []),
    ...(maxAge === undefined ? [] : [['maxAge', String(maxAge)]]),
    ...(preflightStatus === 204 ? [] : [['optionsSuccessStatus', String(preflightStatus)]]),
  ]
  return `{\n${options.map(([name, text]) => `${indent}  ${name}: ${text},\n`).join('')}${indent}}`
}

/** Without this option all names that are asked for are allowed. */
function headersOption({ headers, credentials, namesAuthorization }: PlannedPolicy): string[][] {
  if (headers !== '*') return [['allowedHeaders', JSON.stringify(headers)]]
  if (credentials) return []
  return [['allowedHeaders', JSON.stringify(namesAuthorization ? ['*', 'authorization'] : ['*'])]]
}

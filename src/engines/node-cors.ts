// What the packages cors and @fastify/cors have in common: the names of their options, and what they mean.

import { wholeExpression } from './origin-expressions.js'
import { pathExpression, strangePath } from './paths.js'
import { listedHeaders, methodsOf, type Plan, type PlannedPolicy } from './plan.js'

/** A constant `policies`: options by path, the first whose expression matches counts. */
export function policiesByPath({ rest, paths }: Plan): string[] {
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
  ]
}

export function optionsText(policy: PlannedPolicy, indent = ''): string {
  const { origins, credentials, expose, maxAge, preflightStatus } = policy
  const options = [
    // One origin as a list, too: only lists are compared with the Origin of the request.
    ['origin', origins.any ? "'*'" : `[${originTexts(policy).join(', ')}]`],
    ['methods', JSON.stringify(methodsOf(policy))],
    ...headersOption(policy),
    ...(credentials ? [['credentials', 'true']] : []),
    ...(expose.length > 0 ? [['exposedHeaders', JSON.stringify([...expose])]] : []),
    ...(maxAge === undefined ? [] : [['maxAge', String(maxAge)]]),
    ...(preflightStatus === 204 ? [] : [['optionsSuccessStatus', String(preflightStatus)]]),
  ]
  return objectText(options, indent)
}

/** Origins as texts and expressions of JavaScript. */
export const originTexts = ({ origins }: PlannedPolicy): readonly string[] => [
  ...origins.exact.map(origin => JSON.stringify(origin)),
  ...origins.expressions.map(one => String(new RegExp(wholeExpression(one)))),
]

export const objectText = (options: readonly string[][], indent = ''): string =>
  `{\n${options.map(([name, text]) => `${indent}  ${name}: ${text},\n`).join('')}${indent}}`

/** Without this option all names that are asked for are allowed. */
function headersOption(policy: PlannedPolicy): string[][] {
  if (policy.headers === '*' && policy.credentials) return []
  return [['allowedHeaders', JSON.stringify(listedHeaders(policy))]]
}

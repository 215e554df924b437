// The differences as a person and as a program read them.
import { counted } from '../../config/problem.js'
import type { Difference } from './compare.js'
import type { DiffQuestion, Said } from './question.js'

export function diffText(differences: readonly Difference[], a: string, b: string): string {
  if (differences.length === 0) return `Alike: ${a} and ${b} decide every request alike.\n`
  const heading = `${counted(differences.length, 'kind')} of requests on which they differ.`
  const width = Math.max(a.length, b.length)
  const blocks = differences.map(difference => {
    const { question, originCount, origins } = difference
    const more = originCount - 1
    const others = origins.slice(1).join(', ')
    const rest = more > origins.length - 1 ? ` and ${more - origins.length + 1} more` : ''
    return [
      questionText(question),
      `  ${a.padEnd(width)}  ${saidText(difference.a, difference)}`,
      `  ${b.padEnd(width)}  ${saidText(difference.b, difference)}`,
      ...(more > 0 ? [`  the same for ${others}${rest}`] : []),
    ].join('\n')
  })
  return `${[heading, ...blocks].join('\n\n')}\n`
}

export const diffJson = (differences: readonly Difference[], a: string, b: string): string =>
  `${JSON.stringify(
    {
      alike: differences.length === 0,
      a,
      b,
      differences: differences.map(({ question, fields, a, b, origins, originCount }) => ({
        request: question,
        fields,
        a,
        b,
        origins,
        originCount,
      })),
    },
    undefined,
    2,
  )}\n`

function questionText({ method, path, origin, preflight, upgrade }: DiffQuestion): string {
  const page = origin === undefined ? 'without an Origin' : `from ${origin}`
  if (upgrade) return `a WebSocket to ${path} ${page}`
  if (preflight === undefined) return `${method} ${path} ${page}`
  const names = preflight.names.length === 0 ? '' : ` with ${preflight.names.join(', ')}`
  return `${preflight.method} ${path}${names} ${page} (preflight)`
}

function saidText(said: Said, { question, fields }: Difference): string {
  const texts: string[] = []
  for (const field of fields) {
    if (field === 'allows') texts.push(allowsText(said, question))
    if (field === 'blocked') texts.push(said.blocked ? 'answered with 403' : 'reaches the API')
    if (field === 'maxAge' && said.allows !== 'nothing') {
      texts.push(
        said.maxAge === '' ? 'remembered as browsers like' : `remembered for ${said.maxAge} s`,
      )
    }
    if (field === 'exposed' && said.allows !== 'nothing') {
      texts.push(
        said.exposed.length === 0 ? 'exposes nothing' : `exposes ${said.exposed.join(', ')}`,
      )
    }
    if (field === 'timing' && said.allows !== 'nothing')
      texts.push(said.timing ? 'shows timings' : 'hides timings')
  }
  return texts.join(', ')
}

function allowsText({ allows }: Said, { upgrade }: DiffQuestion): string {
  if (upgrade) return allows === 'nothing' ? 'refused' : 'allowed'
  return {
    all: 'allowed, with cookies',
    'without-cookies': 'allowed, without cookies',
    nothing: 'refused',
  }[allows]
}

import type { Suggestion } from '../observe/suggest.js'
import { printable } from '../terms/printable.js'

/** What was learned from traffic, as a person reads it when the program ends. */
export function suggestionText({ exchanges, origins, doubtful, text, notes }: Suggestion): string {
  const blocks: string[] = []
  if (text === undefined) {
    blocks.push('No page has called from an origin that could be suggested.')
  } else {
    blocks.push(
      `The smallest policy that fits the ${exchanges} CORS exchanges seen, from ${count(origins.length)}.`,
      'Anyone can send a request under any name: check that each origin is yours.',
      ...[text.flag, text.variable, text.config].filter(way => way !== undefined).map(indented),
    )
  }
  if (doubtful.length > 0) {
    const lines = doubtful.map(
      ({ origin, exchanges, doubt }) => `${printable(origin)} (${exchanges}): ${doubt}`,
    )
    blocks.push(`Left out, check them:\n${indented(lines.join('\n'))}`)
  }
  return `\n${[...blocks, ...notes].join('\n\n')}\n`
}

function count(origins: number): string {
  return origins === 1 ? 'one origin' : `${origins} origins`
}

function indented(text: string): string {
  return text.replace(/^/gmu, '  ')
}

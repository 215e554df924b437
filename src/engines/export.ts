// A policy as the configuration of another engine, with what is lost above it.

import type { PolicySet } from '../policy/policy.js'
import type { Engine } from './engine.js'
import { type Loss, lossesOf } from './losses.js'
import { planOf } from './plan.js'

export interface Exported {
  readonly target: string
  /** Everything, as it is printed. */
  readonly text: string
  /** Where the engine needs several files: the one to include last is last. */
  readonly files?: Readonly<Record<string, string>>
  readonly losses: readonly Loss[]
}

export function exportPolicy(engine: Engine, policies: PolicySet): Exported {
  const losses = lossesOf(engine, policies)
  const head = headText(engine, losses)
  const written = engine.write(planOf(policies))
  if (typeof written === 'string') {
    return { target: engine.name, text: `${head}${written}`, losses }
  }
  const files = Object.fromEntries(
    Object.entries(written).map(([name, text], at) => [name, at === 0 ? `${head}${text}` : text]),
  )
  const parts = Object.entries(files).map(
    ([name, text]) => `${commented(engine, [`---- ${name} ----`])}${text}`,
  )
  return { target: engine.name, text: parts.join('\n'), files, losses }
}

function headText(engine: Engine, losses: readonly Loss[]): string {
  const lost = losses.map(({ setting, effect, what }) => `- ${setting} (${effect}): ${what}`)
  return commented(engine, [
    `CORS for ${engine.title}, written by cors-sidecar export ${engine.name}`,
    ...(lost.length > 0 ? ['What is lost:', ...lost] : []),
  ])
}

function commented({ comment }: Engine, lines: readonly string[]): string {
  return comment === '' ? '' : lines.map(line => `${comment} ${line}\n`).join('')
}

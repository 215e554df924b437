// What is wrong with the runtime around the program rather than with its settings.
import { error } from '../terms/finding.js'
import type { Problem } from './problem.js'
import type { Variables } from './sources.js'

export interface Runtime {
  readonly env: Variables
  /** `process.execArgv` */
  readonly execArgv: readonly string[]
  /** `process.versions.node` */
  readonly nodeVersion: string
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** Dangers that no option can make good, and a Node version that nobody mends any more. */
export function checkRuntime({ env, execArgv, nodeVersion, now }: Runtime): Problem[] {
  const problems: Problem[] = []
  const unsafe = (name: string, source: string, reason: string, advice: string) =>
    problems.push({ ...error('unsafe-environment', reason, { advice }), name, source })

  const lenient = /^--insecure-?http-?parser(?:=|$)/i
  const parserFault =
    '--insecure-http-parser lets malformed requests through, which is how requests are smuggled'
  if ((env.NODE_OPTIONS ?? '').split(/\s+/).some(word => lenient.test(word))) {
    unsafe(
      'NODE_OPTIONS',
      'environment',
      parserFault,
      'Remove --insecure-http-parser from NODE_OPTIONS.',
    )
  }
  if (execArgv.some(word => lenient.test(word))) {
    unsafe('node', 'command line', parserFault, 'Start node without --insecure-http-parser.')
  }
  if (env.NODE_TLS_REJECT_UNAUTHORIZED === '0') {
    unsafe(
      'NODE_TLS_REJECT_UNAUTHORIZED',
      'environment',
      '0 switches off the verification of every certificate in the process',
      'Remove it. For one upstream with its own certificate use --upstream-ca FILE.',
    )
  }
  const endOfLife = endOfLifeOf(Number.parseInt(nodeVersion, 10))
  if (endOfLife !== undefined && now >= Date.parse(endOfLife)) {
    problems.push({
      severity: 'info',
      code: 'unsafe-environment',
      name: 'node',
      source: nodeVersion,
      reason: `has had no security fixes since ${endOfLife}`,
      advice: 'Use Node 24.',
    })
  }
  return problems
}

// https://github.com/nodejs/release#release-schedule
const endsOfLife: { readonly [major: number]: string } = {
  20: '2026-04-30',
  21: '2024-06-01',
  22: '2027-04-30',
  23: '2025-06-01',
  24: '2028-04-30',
  25: '2026-06-01',
  26: '2029-04-30',
}

const endOfLifeOf = (major: number): string | undefined => endsOfLife[major]

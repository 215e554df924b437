// What an engine loses of a policy: the part of its lacks that concerns it.

import type { Policy, PolicySet } from '../policy/policy.js'
import type { Engine } from './engine.js'
import type { Exchange } from './exchange.js'
import { type Effect, type Lack, type LackName, lacks } from './lacks.js'

export interface Loss {
  readonly setting: string
  readonly what: string
  readonly effect: Effect
}

export function lossesOf(engine: Engine, policies: PolicySet): Loss[] {
  return engine.lacks
    .map(name => lackOf(name))
    .filter(({ concerns }) => allPolicies(policies).some(policy => concerns(policy, policies)))
    .map(({ setting, what, effect }) => ({ setting, what, effect }))
}

/** Whether the engine answers this exchange in another way than the policy says. */
export const isLost = (engine: Engine, exchange: Exchange): boolean =>
  engine.lacks.some(name => lackOf(name).shows(exchange))

const lackOf = (name: LackName): Lack => lacks[name]

const allPolicies = ({ global, paths }: PolicySet): readonly Policy[] => [global, ...paths]

// How a person gets to the inspector, in one line: for banner, log and index alike.
import { isLoopbackHost } from '../terms/loopback.js'
import { flagName, variableName } from '../terms/option-names.js'

export interface AdminDoor {
  /** Where the admin port listens, as a person on this machine can open it. */
  readonly url: string
  readonly inspects: boolean
  readonly hasToken: boolean
  /** True when other machines, or the host of a container, can reach the port. */
  readonly isReachable: boolean
}

export const inspectAdvice = `Start with --${flagName('inspect')}, or set ${variableName('inspect')}=true.`

export function wayIn({ url, inspects, hasToken, isReachable }: AdminDoor): string {
  if (!inspects) return `off. ${inspectAdvice}`
  if (!isReachable) return `${url}/inspect`
  return hasToken
    ? `${url}/inspect, from elsewhere with the admin token`
    : `${url}/inspect, from this machine only. To sign in from elsewhere, set ${variableName('adminToken')}.`
}

/** Whether peers that are not this machine can reach what listens here. */
export function isReachableFromElsewhere(listenUrl: string): boolean {
  return listenUrl.startsWith('http') && !isLoopbackHost(new URL(listenUrl).hostname)
}

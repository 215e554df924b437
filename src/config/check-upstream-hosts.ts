// Hosts of upstreams that are right by themselves, and wrong where the program runs or where they go.

import { warning } from '../terms/finding.js'
import { isLoopbackHost } from '../terms/loopback.js'
import { failureRow } from '../terms/upstream-failure.js'
import type { OptionFinding } from './option-finding.js'
import type { Settings } from './options.js'

/** `isContainer`: the process has a `localhost` that no other program shares. */
export function checkUpstreamHosts(settings: Settings, isContainer: boolean): OptionFinding[] {
  const { upstream, hostHeader, routes } = settings
  const all = [
    ...(upstream === undefined ? [] : [{ option: 'upstream' as const, upstream, hostHeader }]),
    ...routes.map(route => ({ option: 'routes' as const, ...route })),
  ]
  return all.flatMap(({ option, upstream, hostHeader }) => {
    const item = upstream.href
    const found: OptionFinding[] = []
    if (isContainer && upstream.protocol !== 'unix:' && isLoopbackHost(upstream.hostname)) {
      const reason = 'is this container itself, where no API runs unless it shares its network'
      const advice = failureRow('refused-in-container').cure
      found.push({ option, ...warning('conflict', reason, { item, advice }) })
    }
    const sent = hostHeader === 'upstream' ? upstream.hostname : hostHeader
    // https://www.rfc-editor.org/rfc/rfc1123#section-2.1
    if (hostHeader !== 'client' && sent.includes('_')) {
      const reason = `makes ${sent} the Host that is sent, and Django and others answer 400 to a name with _`
      const advice = 'Give the API a name without it, or send another with --host-header NAME.'
      found.push({ option, ...warning('value-invalid', reason, { item, advice }) })
    }
    return found
  })
}

// What a listener that others can reach says of the policy and of the names that are served.

import { error, warning } from '../terms/finding.js'
import { isLoopbackHost } from '../terms/loopback.js'
import { addressText, isPrivateHost, type ListenAddress } from './address-types.js'
import type { OptionFinding } from './option-finding.js'
import type { Settings } from './options.js'

export const isAnyHost = (host: string): boolean => host === '0.0.0.0' || host === '::'

/** True when only this machine can connect. */
export const isLocalOnly = (address: ListenAddress): boolean =>
  'path' in address || isLoopbackHost(address.host)

// `loopback` means "whoever develops on this machine". Reachable from elsewhere it means every program
// that serves a page on any visitor's machine, with that visitor's cookies: a development policy that
// went to production by mistake. Hence a danger that must be named.
export function openListenChecks(settings: Settings): OptionFinding[] {
  const found: OptionFinding[] = []
  const lists = [settings, ...settings.paths]
  const isOpen = !isLocalOnly(settings.listen) && !settings.reportOnly
  if (isOpen && lists.some(({ allowOrigins }) => allowOrigins?.includes('loopback'))) {
    const reason = `allows every port of every visitor's own machine, while listen (${addressText(settings.listen)}) can be reached from other machines`
    found.push({
      option: 'allowOrigins',
      ...(settings.unsafeAllow.includes('open-listen')
        ? warning('conflict', reason, { item: 'loopback' })
        : error('conflict', reason, {
            item: 'loopback',
            advice:
              'Name the origins, like http://localhost:3000, or listen on 127.0.0.1, or accept it with --unsafe-allow open-listen',
          })),
    })
  }
  if (settings.allowOrigins.includes('*')) {
    const inside = [settings.upstream, ...settings.routes.map(route => route.upstream)].find(
      upstream =>
        upstream !== undefined &&
        (upstream.protocol === 'unix:' || isPrivateHost(upstream.hostname)),
    )
    if (inside !== undefined) {
      found.push({
        option: 'allowOrigins',
        ...warning(
          'conflict',
          `lets every page of the web read ${inside.href}, which is not on the public internet: a browser on your network becomes a way in`,
          { item: '*', advice: 'Name the origins, unless what it answers is public anyway.' },
        ),
      })
    }
  }
  return found
}

// On every address of a machine some are loopback or of its own network, which no default list can name.
export function anyHostChecks({ listen, allowHosts, trustProxy }: Settings): OptionFinding[] {
  const isAny = 'host' in listen && isAnyHost(listen.host)
  if (!isAny || allowHosts !== undefined || trustProxy.length > 0) return []
  return [
    {
      option: 'allowHosts',
      severity: 'info',
      code: 'every-host',
      reason: `is not set while listen is ${addressText(listen)}, so every Host is served: a page of a name that is made to lead here (DNS rebinding) reads what only your network should`,
      advice:
        'List the names of this server, like --allow-host api.example.com, or say that all are served with --allow-host "*"',
    },
  ]
}

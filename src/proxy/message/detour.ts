// What a request to a proxy says that one to the upstream itself does not.
import { fieldValue } from '../../terms/fields.js'
import type { OutboundProxy } from '../../terms/outbound-proxy.js'
import { authorityOf, type Destination } from './address.js'
import type { ResponseHead } from './response-head.js'

/** Whether requests go to a proxy that reads them; within a tunnel none does. */
function readerOf({ detour }: Destination): OutboundProxy | undefined {
  return detour?.isTunnel === false ? detour.proxy : undefined
}

/** The target as it stands in the request line: https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2 */
export function targetOnTheWay(destination: Destination, target: string): string {
  if (readerOf(destination) === undefined) return target
  return `http://${authorityOf(destination.address)}${target === '*' ? '' : target}`
}

/** The fields that only the proxy is to see. */
export function fieldsOnTheWay(destination: Destination): readonly string[] {
  const proxy = readerOf(destination)
  return proxy === undefined ? [] : credentialsFor(proxy)
}

export function credentialsFor({ authorization }: OutboundProxy): readonly string[] {
  return authorization === undefined ? [] : ['Proxy-Authorization', authorization]
}

/** What a proxy that turned a request away wants to be shown; a server has no say in that. */
export function wantedOnTheWay(destination: Destination, head: ResponseHead): string | undefined {
  const isOfProxy = readerOf(destination) !== undefined && head.status === 407
  return isOfProxy ? wantedBy(head) : undefined
}

/** The same of one that was asked for a tunnel. Some say 401 to wrong credentials, tinyproxy for one. */
export function wantedForTunnel(head: ResponseHead): string | undefined {
  return head.status === 407 || head.status === 401 ? wantedBy(head) : undefined
}

function wantedBy({ status, fields }: ResponseHead): string {
  const schemes = fieldValue(fields, 'proxy-authenticate') ?? fieldValue(fields, 'www-authenticate')
  return `it answered ${status} and wants ${schemes ?? 'what it does not name'}`
}

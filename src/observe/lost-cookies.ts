// Cookies that a browser drops because page and sidecar have two names for one machine.

import { isName } from '../terms/field-names.js'
import { eachField, fieldValue } from '../terms/fields.js'
import { isLoopbackHost } from '../terms/loopback.js'
import type { Exchange } from './exchange.js'
import type { Log } from './log.js'

/** Anybody can make up origins; nobody develops on more. */
const MOST_ORIGINS = 16

/** Says once for each origin that a cookie was set which that page will never send. */
export function reportLostCookies(log: Pick<Log, 'event'>): (exchange: Told) => void {
  const told = new Set<string>()
  return exchange => {
    const { origin } = exchange.decision
    if (origin === undefined || told.size >= MOST_ORIGINS || told.has(origin)) return
    const page = loopbackName(origin)
    if (page === undefined || !setsCookie(exchange)) return
    const host = fieldValue(exchange.requestHeaders, 'host') ?? ''
    const asked = loopbackName(`http://${host}`)
    if (asked === undefined || asked === page) return
    told.add(origin)
    log.event('warn', 'cookies-lost', {
      origin,
      host,
      msg: `A page of ${origin} gets no cookie of http://${host}: ${page} and ${asked} are two sites for browsers. Use one name for both, as a rule localhost.`,
    })
  }
}

type Told = Pick<Exchange, 'requestHeaders' | 'sentHeaders'> & {
  readonly decision: Pick<Exchange['decision'], 'origin'>
}

/** What browsers compare of an address on this machine; undefined for any other. */
function loopbackName(url: string): string | undefined {
  const [, host = ''] = /^https?:\/\/(\[[^\]]*\]|[^:/]+)/u.exec(url) ?? []
  return isLoopbackHost(host.toLowerCase()) ? host.toLowerCase() : undefined
}

/** A cookie for every site travels, where the browser takes it at all. */
function setsCookie({ sentHeaders }: Told): boolean {
  let isLost = false
  eachField(sentHeaders ?? [], (name, value) => {
    if (isName(name, 'set-cookie') && !/;\s*samesite\s*=\s*none/iu.test(value)) isLost = true
  })
  return isLost
}

// Two names that are not ours and are honoured when ours are unset: PORT, which hosting platforms set,
// and ALLOWED_URLS, the list of the recipe that this program replaces.
import { isLoopbackHost } from '../terms/loopback.js'
import type { OptionName } from './options.js'
import type { Given, Source, Variables } from './sources.js'

/** What the foreign names among these variables say. `port: false` leaves `PORT` alone. */
export function fromForeign(env: Variables, label: string, honour: { port: boolean }): Source {
  const given = new Map<OptionName, Given>()
  if (honour.port && env.PORT !== undefined && env.PORT !== '') {
    given.set('listen', { name: 'PORT', raw: env.PORT, split: false })
  }
  if (env.ALLOWED_URLS !== undefined) {
    const raw = originsOfAllowedUrls(env.ALLOWED_URLS)
    given.set('allowOrigins', { name: 'ALLOWED_URLS', raw, split: false })
  }
  return { kind: 'foreign', label, given }
}

/**
 * The origins an `ALLOWED_URLS` list names, one for each entry, empty ones included. In that recipe an
 * entry was often a bare host and matched as a substring; here it means one origin exactly.
 */
export const originsOfAllowedUrls = (value: string): string[] =>
  value.trim() === '' ? [] : value.split('|').map(entry => originOfAllowedUrl(entry.trim()))

function originOfAllowedUrl(entry: string): string {
  const match = /^(\[[0-9a-f:]+\]|[a-z0-9_.-]+)(:\d+)?$/i.exec(entry)
  const host = match?.[1]
  if (host === undefined || entry === 'null') return entry
  return isLoopbackHost(host.replace(/^\[(.*)\]$/, '$1').toLowerCase())
    ? `http://${host}${match?.[2] ?? ':*'}`
    : `https://${entry}`
}

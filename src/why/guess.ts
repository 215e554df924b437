// Which server answered, told by what it lets slip.

import type { ServerName } from './servers.js'

/** A response as far as it gives its server away. Header names are lower case. */
export type Headers = ReadonlyMap<string, readonly string[]>

export interface Guess {
  readonly name: ServerName
  /** What it was guessed from. */
  readonly by: string
}

interface Sign {
  readonly header: 'via' | 'x-powered-by' | 'set-cookie' | 'server'
  readonly looks: RegExp
  readonly name: ServerName
}

/** An application is named before what stands in front of it: it is nearest to what decides. */
const signs: readonly Sign[] = [
  { header: 'via', looks: /\bcors-sidecar\b/, name: 'sidecar' },
  { header: 'x-powered-by', looks: /^express/i, name: 'express' },
  { header: 'set-cookie', looks: /^connect\.sid=/, name: 'express' },
  { header: 'set-cookie', looks: /^(?:csrftoken|sessionid)=/, name: 'django' },
  { header: 'set-cookie', looks: /^JSESSIONID=/, name: 'spring' },
  { header: 'server', looks: /^werkzeug/i, name: 'flask' },
  { header: 'server', looks: /^wsgiserver|^daphne/i, name: 'django' },
  { header: 'server', looks: /^uvicorn|^hypercorn/i, name: 'fastapi' },
  { header: 'server', looks: /^(?:nginx|openresty)/i, name: 'nginx' },
  { header: 'server', looks: /^apache(?:\/|$)/i, name: 'apache' },
  { header: 'server', looks: /^caddy/i, name: 'caddy' },
  { header: 'server', looks: /^haproxy/i, name: 'haproxy' },
]

export function guessedServer(headers: Headers): Guess | undefined {
  for (const { header, looks, name } of signs) {
    const line = headers.get(header)?.find(value => looks.test(value))
    if (line === undefined) continue
    const word = header === 'set-cookie' ? `the cookie ${line.split('=', 1)[0]}` : header
    return { name, by: header === 'set-cookie' ? word : `${word}: ${line.slice(0, 40)}` }
  }
  return undefined
}

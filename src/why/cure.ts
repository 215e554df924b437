// What to do about a cause: in the server that answered, and with the sidecar in front.
import { flagWord } from '../terms/paste.js'
import type { Cause } from './causes.js'
import { entryOf } from './codes.js'
import { serverCure } from './cures.js'
import { frontOf } from './front.js'
import { grantFor, namesOf, standardOrigin } from './grant.js'
import type { ServerName } from './servers.js'

export interface Cure {
  /** A command that starts, a sentence, or both. */
  readonly sidecar: string
  readonly server?: { readonly name: ServerName; readonly text: string }
}

const standardUpstream = 'http://localhost:5000'

export async function cureOf(cause: Cause, server: ServerName | undefined): Promise<Cure> {
  const { cure } = entryOf(cause.code)
  const [kind, sentence] = cure === 'command' ? (['command', undefined] as const) : cure
  const command = kind === 'command' ? await commandFor(cause) : undefined
  const isNull = cause.facts.origin === 'null'
  const sidecar = [
    isNull && kind === 'command' ? servedFirst : sentence,
    command?.text ?? (kind === 'command' && !isNull ? command?.reason : undefined),
  ]
    .filter(part => part !== undefined)
    .join('\n')
  const grant = server === undefined ? undefined : grantFor(cause)
  if (server === undefined || grant === undefined) return { sidecar }
  if (server === 'sidecar') {
    return command?.flags === undefined
      ? { sidecar }
      : { sidecar, server: { name: server, text: `# Append to its command:\n${command.flags}` } }
  }
  return { sidecar, server: { name: server, text: serverCure(server, grant) } }
}

const servedFirst =
  'Serve the page over HTTP instead of opening it as a file, and list its origin; null stands for any file and any sandboxed frame.'

interface Command {
  readonly text: string | undefined
  /** What is behind the upstream. */
  readonly flags: string | undefined
  readonly reason: string | undefined
}

async function commandFor({ code, facts }: Cause): Promise<Command | undefined> {
  const { origin = standardOrigin, method = 'GET' } = facts
  if (origin === 'null') return undefined
  const isExposed = code === 'header-not-exposed'
  const names = namesOf(facts)
  const { command, notListed } = await frontOf(upstreamOf(facts.url), [
    { origin, method, headers: isExposed ? [] : names },
  ])
  const [reason] = notListed.map(
    one => `The sidecar would not take ${one.origin}: it ${one.reason}`,
  )
  if (command === undefined) return { text: undefined, flags: undefined, reason }
  const exposed =
    isExposed && names.length > 0 ? flagWord('expose-headers', names.join(',')) : undefined
  const text = exposed === undefined ? command : `${command} ${exposed}`
  return { text, flags: text.split(' ').slice(2).join(' '), reason: undefined }
}

/** Where the API is; a WebSocket is opened over HTTP. */
function upstreamOf(url: string | undefined): string {
  if (url === undefined || !URL.canParse(url)) return standardUpstream
  const { protocol, host } = new URL(url)
  const scheme = { 'ws:': 'http:', 'wss:': 'https:' }[protocol] ?? protocol
  return /^https?:$/.test(scheme) ? `${scheme}//${host}` : standardUpstream
}

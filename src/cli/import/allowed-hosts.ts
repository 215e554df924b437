// The hosts that a dev server answers to: `allowedHosts` of Vite, webpack-dev-server and what builds on them.
import { optionRow } from '../../config/options.js'
import { localHosts } from '../../policy/served-hosts.js'
import { itemsOf, type Note, note, plainOf, type SourceValue, shownValue } from './source-value.js'

export interface AllowedHosts {
  /** Entries of `allowHosts`; none where its own default is as narrow. */
  readonly hosts: readonly string[]
  readonly notes: readonly Note[]
}

/** The same hosts in our spelling, and never another: what can't be said is left out, and noted. */
export function readAllowedHosts(value: SourceValue): AllowedHosts {
  const plain = plainOf(value)
  if (plain === 'auto' || plain === false) return { hosts: [], notes: [] }
  if (plain === true || plain === 'all') {
    return { hosts: [], notes: [note(value, anyHost)] }
  }
  const notes: Note[] = []
  const items = value.kind === 'list' ? itemsOf(value) : [value]
  const hosts = items.flatMap(item => {
    const text = plainOf(item)
    const entries = typeof text === 'string' ? entriesOf(text) : []
    if (entries.length === 0) {
      notes.push(note(item, `allowedHosts: ${shownValue(item)} is no host, and is left out.`))
    }
    return entries
  })
  if (hosts.length === 0) return { hosts, notes }
  return { hosts: [...localHosts([]), ...hosts], notes: [...notes, note(value, addresses)] }
}

/** `.example.com` is a name and everything below it. */
function entriesOf(text: string): readonly string[] {
  const entries = text.startsWith('.') ? [text.slice(1), `*${text}`] : [text]
  const read = optionRow('allowHosts').type.parse(entries, { split: false })
  return read.ok && !entries.includes('*') ? entries : []
}

const anyHost =
  'allowedHosts lets pages of any name in (DNS rebinding) and is left out: here localhost, addresses and the hosts of listed origins are served. Name others with allowHosts.'
const addresses =
  'There every IP address is served as well; here, beside a list, those that are on it.'

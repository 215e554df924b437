// What isolation refuses, or would refuse, in bounded memory: by what made the browser send it.

import { fieldValue } from '../terms/fields.js'
import { printable } from '../terms/printable.js'
import type { Exchange } from './exchange.js'
import { maskedTarget } from './masking.js'

export interface CrossSiteSeen {
  record(exchange: Exchange): void
  /** Sentences, the most frequent first. */
  notes(): readonly string[]
}

interface Group {
  readonly what: string
  /** The path that came last. */
  path: string
  count: number
}

const mostGroups = 24
const mostNotes = 12
const longestPath = 80
const words = /^[\w-]{1,20}$/

export function createCrossSiteSeen(): CrossSiteSeen {
  const groups = new Map<string, Group>()
  return {
    record({ decision, method, target, requestHeaders }) {
      const { reason, reported } = decision
      if (reason !== 'cross-site' && reported === undefined) return
      const word = (name: string) => {
        const value = fieldValue(requestHeaders, name) ?? ''
        return words.test(value) ? value : 'unknown'
      }
      const by = `${word('sec-fetch-site')} ${word('sec-fetch-mode')} ${word('sec-fetch-dest')}`
      const verb = verbs[reported ?? 'refused']
      const what = `${verb} ${words.test(method) ? method : 'a request'} (${by})`
      let group = groups.get(what)
      if (group === undefined) {
        if (groups.size >= mostGroups) return
        group = { what, path: '', count: 0 }
        groups.set(what, group)
      }
      group.count += 1
      const [path = ''] = target.split('?', 1)
      group.path = printable(maskedTarget(path.slice(0, longestPath)))
    },

    notes: () =>
      [...groups.values()]
        .sort((a, b) => b.count - a.count)
        .slice(0, mostNotes)
        .map(
          ({ what, path, count }) =>
            `${what}, ${count === 1 ? 'once' : `${count} times`}, last ${path}.`,
        ),
  }
}

const verbs = {
  refused: 'isolate refused',
  api: 'isolate: api would refuse',
  resources: 'isolate: api or resources would refuse',
} as const

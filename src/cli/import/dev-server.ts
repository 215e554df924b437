// Where dev servers keep what they forward, in a file that is data or a script.
import { type AllowedHosts, readAllowedHosts } from './allowed-hosts.js'
import type { Imported } from './imported.js'
import { type Habit, isProxyBlock, proxyRules } from './proxy-rules.js'
import { proxyImport } from './proxy-settings.js'
import {
  assumedIn,
  childOf,
  entriesOf,
  itemsOf,
  type Note,
  note,
  type SourceValue,
  shownValue,
  textOf,
} from './source-value.js'

const vite: Habit = { title: 'the proxy of Vite', textChangesHost: true, groupChangesHost: false }
const webpack: Habit = {
  title: 'the proxy of webpack-dev-server',
  textChangesHost: false,
  groupChangesHost: false,
}
const vue: Habit = { title: 'the proxy of Vue CLI', textChangesHost: true, groupChangesHost: true }
const react: Habit = {
  title: 'the proxy of create-react-app',
  textChangesHost: true,
  groupChangesHost: true,
}
const unnamed: Habit = { title: 'dev server proxy', textChangesHost: true, groupChangesHost: false }

/** Reads every proxy block below these values. `isVue`: the file is one of Vue CLI. */
export function importDevServer(roots: readonly SourceValue[], isVue = false): Imported[] {
  const found = roots.flatMap(root => proxiesIn(root, [], isVue))
  // `preview: { proxy: sameOne }` says nothing new.
  const blocks = found.filter(
    ({ value }, at) => found.findIndex(other => other.value.line === value.line) === at,
  )
  if (blocks.length === 0) {
    return roots
      .filter(isProxyBlock)
      .map(value => importedFrom({ value, habit: unnamed, notes: [], hosts: [] }))
  }
  return blocks.map(importedFrom)
}

interface Block {
  readonly value: SourceValue
  readonly habit: Habit
  readonly notes: readonly Note[]
  readonly hosts: readonly string[]
}

function importedFrom({ value, habit, notes, hosts }: Block): Imported {
  const warnings = [...notes, ...assumedIn(value)]
  const rules = proxyRules(value, habit, warnings)
  const hasWebSockets = rules.some(({ options }) => options.some(({ key }) => key === 'ws'))
  if (rules.length > 0 && !hasWebSockets && habit !== react)
    warnings.push(note(undefined, webSockets))
  const imported = proxyImport(habit.title, rules, warnings)
  if (rules.length === 0) return imported
  return {
    ...imported,
    settings: {
      ...imported.settings,
      // It sends its own name for Origin, too.
      ...(habit === react ? { upstreamOrigin: 'rewrite' } : {}),
      ...(hosts.length > 0 ? { allowHosts: hosts } : {}),
    },
  }
}

const webSockets =
  'There no WebSocket was forwarded. Here they are, the dev server’s own among them, where their Origin is allowed.'

/** Keys under which a dev server has a proxy, and whose it then is. */
const owners: ReadonlyMap<string, Habit> = new Map([
  ['server', vite],
  ['preview', vite],
  ['devServer', webpack],
])

// Nuxt says devProxy, the first Vue CLI said proxyTable.
const proxyKeys = new Set(['proxy', 'devProxy', 'proxyTable'])

const mostDepth = 20

function proxiesIn(value: SourceValue, path: readonly string[], isVue: boolean): Block[] {
  if (path.length > mostDepth) return []
  if (value.kind === 'list') return itemsOf(value).flatMap(item => proxiesIn(item, path, isVue))
  if (value.kind === 'code') {
    const inner = [...(value.call?.arguments ?? []), ...(value.returns ?? [])]
    return inner.flatMap(each => proxiesIn(each, path, isVue))
  }
  const { hosts, notes: ofHosts } = hostsBeside(value)
  const notes = [...unreadBeside(value), ...ofHosts]
  return entriesOf(value).flatMap(({ key, value: found }) => {
    if (!proxyKeys.has(key)) return proxiesIn(found, [...path, key], isVue)
    const owner = isVue ? vue : owners.get(path.at(-1) ?? '')
    if (isProxyBlock(found))
      return [{ value: found, habit: owner ?? rootHabit(found), notes, hosts }]
    if (owner === undefined || found.kind !== 'code') return []
    const inner = proxiesIn(found, [...path, key], isVue)
    const text = `proxy is ${shownValue(found)}, which is known only when the file is run. Write it out.`
    return inner.length > 0
      ? inner
      : [{ value: found, habit: owner, notes: [...notes, note(found, text)], hosts }]
  })
}

// `"proxy": "http://…"` beside nothing else that is known is what package.json says.
const rootHabit = (value: SourceValue): Habit => (textOf(value) === undefined ? unnamed : react)

function hostsBeside(server: SourceValue): AllowedHosts {
  const value = childOf(server, 'allowedHosts')
  return value === undefined ? { hosts: [], notes: [] } : readAllowedHosts(value)
}

// What dev servers say about CORS themselves.
function unreadBeside(server: SourceValue): Note[] {
  return entriesOf(server).flatMap(({ key, value, line }) => {
    if (key === 'cors' && textOf(value) !== 'false') {
      return [{ line, text: 'cors is not read: name the origins of your pages with allowOrigins.' }]
    }
    const names = entriesOf(value).map(field => field.key)
    const isGranted = key === 'headers' && names.some(name => /^access-control-/i.test(name))
    return isGranted
      ? [
          {
            line,
            text: 'The Access-Control fields of headers are not read: name the origins of your pages with allowOrigins.',
          },
        ]
      : []
  })
}

// Imported settings must start: what this program refuses is taken out, one entry of a list after
// the other, and said. That makes them stricter, never looser.
import { loadSettings } from '../../config/load.js'
import { type Problem, problemText } from '../../config/problem.js'
import type { Imported, Plain } from './imported.js'
import { type Note, note } from './source-value.js'

export interface Startable {
  readonly imported: Imported
  /** What is still to be said of the settings: warnings, and errors that lie in no list. */
  readonly problems: readonly Problem[]
}

/** The import without the entries that would stop a start. */
export async function withoutRefused(imported: Imported): Promise<Startable> {
  let { settings } = imported
  const left: Note[] = []
  for (;;) {
    const problems = await problemsOf(settings)
    const refused = problems.find(({ severity }) => severity === 'error')
    const fewer = refused === undefined ? undefined : withoutEntry(settings, refused)
    if (refused === undefined || fewer === undefined) {
      return {
        imported: { ...imported, settings, warnings: [...imported.warnings, ...left] },
        problems,
      }
    }
    settings = fewer
    const { what, cure } = problemText({ ...refused, source: '' })
    left.push(note(undefined, `Left out, since it would stop the start: ${what} ${cure}`.trim()))
  }
}

/** What this program would say of the settings if it were started with them. */
async function problemsOf(settings: Imported['settings']): Promise<readonly Problem[]> {
  const { problems } = await loadSettings({
    flags: { config: 'imported' },
    env: { NODE_ENV: 'production' },
    cwd: '/',
    isTerminal: false,
    needsUpstream: false,
    read: () => ({ text: JSON.stringify(settings) }),
  })
  return problems.filter(({ severity }) => severity !== 'info')
}

type Settings = Imported['settings']
type Group = { readonly [key: string]: Plain }

function withoutEntry(
  settings: Settings,
  { name, within, item, index }: Problem,
): Settings | undefined {
  const [, match, key] = /^\[(.*)\]\.(\w+)$/.exec(within ?? '') ?? []
  if (match === undefined || key === undefined) {
    return within === undefined ? withoutItem(settings, name, item, index) : undefined
  }
  if (name === 'routes') return withoutRoute(settings, match)
  const groups = listOf(settings[name as keyof Settings])
  let isFound = false
  const fewer = groups.map(group => {
    if (!isGroup(group) || (group.match ?? group.prefix) !== match) return group
    const less = withoutItem(group, key, item, index)
    isFound ||= less !== undefined
    return less ?? group
  })
  return isFound ? { ...settings, [name]: fewer } : undefined
}

function withoutItem<G extends Group | Settings>(
  group: G,
  key: string,
  item: string | undefined,
  index: number | undefined,
): G | undefined {
  const list = listOf((group as Group)[key])
  const at = item === undefined ? -1 : list.indexOf(item)
  const place = at === -1 ? (index ?? 0) - 1 : at
  if (list[place] === undefined) return undefined
  const fewer = list.toSpliced(place, 1)
  const isNobody = key === 'allowOrigins' && fewer.length === 0
  return { ...group, [key]: isNobody ? 'none' : fewer }
}

// A route can be left out: its requests go where all others go. A policy for a path can't, since the
// path would then inherit.
function withoutRoute(settings: Settings, prefix: string): Settings | undefined {
  const { routes, ...others } = settings
  const all = listOf(routes)
  const fewer = all.filter(route => !isGroup(route) || route.prefix !== prefix)
  if (fewer.length === all.length) return undefined
  return fewer.length === 0 ? others : { ...others, routes: fewer }
}

const listOf = (value: Plain | undefined): readonly Plain[] => (Array.isArray(value) ? value : [])

const isGroup = (value: Plain): value is Group => typeof value === 'object' && !Array.isArray(value)

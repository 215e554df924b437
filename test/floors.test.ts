// Holds the drawing of the house: imports go down only, and each package has one door.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { documentNamed } from './docs/documents.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const { sections } = documentNamed('docs/architecture.md')
const [floors, proxyRooms] = sections.flatMap(({ title, tables }) =>
  title === 'The floors' ? tables : [],
)
if (!floors || !proxyRooms) throw new Error('the drawing is not in docs/architecture.md')

interface Room {
  /** Which rooms it may import from, itself included. */
  readonly mayImport: readonly string[]
  readonly packages: readonly PackageDoor[]
}

/** Where a package may be imported: a file, or a room when it ends with a slash. */
type PackageDoor = readonly [name: string, door: string]

/** The rooms of src, as the architecture draws them. */
const rooms = new Map(
  floors.rows.map(([floor = '', name = '', , imports = '', packages = '']): [string, Room] => {
    const below = floors.rows.filter(([other = '']) => Number(other) < Number(floor))
    return [
      plain(name),
      {
        mayImport: [
          plain(name),
          ...quoted(imports),
          ...(imports.includes('all below') ? below.map(([, room = '']) => plain(room)) : []),
        ],
        packages: [...packages.matchAll(/`([^`]+)` in `([^`]+)`/g)].map(
          ([, name = '', door = '']) => [name, door] as const,
        ),
      },
    ]
  }),
)
const doors = [...rooms.values()].flatMap(({ packages }) => packages)

/** The rooms of src/proxy, from top to bottom. */
const insideProxy = proxyRooms.rows.map(([name = '']) => plain(name))

/** Imports of the proxy that still go up, and rooms with files that still import in a circle. */
const stillGoingUp: readonly string[] = []
const stillCircling: readonly string[] = []

function plain(cell: string): string {
  return cell.replaceAll('`', '')
}

function quoted(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)
}

/** Every module that the text of a file imports, loads or re-exports, types included. */
function importsOf(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
  // What a text quotes is no import: a statement begins its line, or ends a list of names.
  const forms =
    /(?:^(?:import|export|\})[^'"\n]*\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)(['"])([^'"\n]+)\1/gm
  return [...code.matchAll(forms)].map(match => match[2] ?? '')
}

/** A file that stands beside the rooms is one itself. */
const roomOf = (file: string) => file.split('/')[0] ?? ''

/** Where the text says `./x.js`, the source is x.ts. */
function sourceOf(file: string, imported: string): string {
  return posix.join(dirname(file), imported).replace(/\.js$/, '.ts')
}

/** What is wrong with one import, in words; undefined when the drawing allows it. */
function complaint(file: string, imported: string): string | undefined {
  const room = roomOf(file)
  if (imported.startsWith('.')) {
    const target = sourceOf(file, imported)
    if (target.startsWith('..')) {
      return imported.endsWith('package.json')
        ? undefined
        : `${file} imports ${imported}, outside src`
    }
    const allowed = rooms.get(room)?.mayImport
    if (!allowed) return `${file} is in a room that is not in the drawing`
    return allowed.includes(roomOf(target))
      ? undefined
      : `${file} imports ${target}: ${room} may not import ${roomOf(target)}`
  }
  if (imported.startsWith('node:')) {
    if (room === 'policy') return `${file} imports ${imported}: policy is pure`
    const readsFiles = imported === 'node:fs' || imported === 'node:fs/promises'
    if (room === 'config' && readsFiles && file !== 'config/read-sources.ts') {
      return `${file} imports ${imported}: only config/read-sources.ts reads files`
    }
    return undefined
  }
  const name = imported.startsWith('@')
    ? imported.split('/').slice(0, 2).join('/')
    : (imported.split('/')[0] ?? '')
  const ways = doors.filter(([named]) => named === name).map(([, door]) => door)
  return ways.some(door => (door.endsWith('/') ? file.startsWith(door) : file === door))
    ? undefined
    : `${file} imports the package ${imported}, which may come in only by ${ways.join(' or ') || 'no door at all'}`
}

/** The same inside the proxy, where a room may import from those below it. */
function complaintInsideProxy(file: string, target: string): string | undefined {
  const [from = '', to = ''] = [file, target].map(path => path.split('/')[1])
  if (!target.startsWith('proxy/')) return undefined
  const [upper, lower] = [insideProxy.indexOf(from), insideProxy.indexOf(to)]
  if (upper < 0 || lower < 0) return `${upper < 0 ? file : target} is in no room of the proxy`
  return lower < upper ? `${file} imports ${target}: ${from} may not import ${to}` : undefined
}

/** The files that import each other, directly or by way of others: each circle once. */
function circles(imports: ReadonlyMap<string, readonly string[]>): string[][] {
  const reached = new Map<string, Set<string>>()
  for (const file of imports.keys()) {
    const seen = new Set<string>()
    const waiting = [...(imports.get(file) ?? [])]
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (seen.has(next)) continue
      seen.add(next)
      waiting.push(...(imports.get(next) ?? []))
    }
    reached.set(file, seen)
  }
  const found = new Map<string, string[]>()
  for (const [file, seen] of reached) {
    if (!seen.has(file)) continue
    const circle = [...seen].filter(other => reached.get(other)?.has(file)).sort()
    found.set(circle.join(), circle)
  }
  return [...found.values()]
}

function sourceFiles(): string[] {
  return readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .map(name => name.split(sep).join('/'))
    .filter(name => name.endsWith('.ts'))
}

const imports = new Map(
  sourceFiles().map(file => [file, importsOf(readFileSync(join(root, 'src', file), 'utf8'))]),
)
const targets = new Map(
  [...imports].map(([file, all]) => [
    file,
    all.filter(one => one.startsWith('.')).map(one => sourceOf(file, one)),
  ]),
)

t.test('every import in src goes down, and every package comes in by its own door', async t => {
  t.ok(imports.has('policy/reasons.ts'), 'the sources are found')
  const complaints = [...imports].flatMap(([file, all]) =>
    all.map(imported => complaint(file, imported)).filter(text => text !== undefined),
  )
  t.strictSame(complaints, [])
})

t.test('every import inside the proxy goes down', async t => {
  const complaints = [...targets]
    .filter(([file]) => file.startsWith('proxy/'))
    .flatMap(([file, all]) => all.map(target => complaintInsideProxy(file, target)))
    .filter(text => text !== undefined)
  t.strictSame(complaints, stillGoingUp)
})

t.test('no files import each other in a circle', async t => {
  const where = new Set(circles(targets).map(([file = '']) => dirname(file)))
  t.strictSame([...where].sort(), stillCircling, `${circles(targets).join('\n')}`)
})

t.test(
  'every room of the drawing is there, and every package has its door in its own room',
  async t => {
    for (const [room, { packages }] of rooms) {
      t.ok(
        [...imports.keys()].some(file => roomOf(file) === room),
        room,
      )
      for (const [, door] of packages) t.equal(roomOf(door), room, door)
    }
    t.strictSame(new Set([...imports.keys()].map(roomOf)), new Set(rooms.keys()))
  },
)

t.test('a file that breaks the drawing is complained about when', async t => {
  for (const [when, file, imported] of [
    ['policy imports config', 'policy/decide.ts', '../config/options.js'],
    ['policy imports a Node module', 'policy/decide.ts', 'node:net'],
    ['policy imports a package', 'policy/origin.ts', 'tldts'],
    ['config imports observe', 'config/resolve.ts', '../observe/log.js'],
    ['config reads a file elsewhere', 'config/options.ts', 'node:fs'],
    ['proxy imports admin', 'proxy/exchange/handler.ts', '../../admin/routes.js'],
    ['proxy imports config', 'proxy/exchange/handler.ts', '../../config/options.js'],
    ['admin imports the program', 'admin/routes.ts', '../start/sidecar.js'],
    ['the program imports the command line', 'start/sidecar.ts', '../cli/main.js'],
    ['a second file imports http-proxy', 'proxy/exchange/handler.ts', 'http-proxy'],
    ['a second file imports pino', 'start/sidecar.ts', 'pino'],
    ['an unknown package appears', 'cli/main.ts', 'left-pad'],
    ['a part of an unknown scoped package appears', 'cli/main.ts', '@scope/name/part.js'],
    ['src imports a test', 'cli/main.ts', '../../test/support/need.js'],
    ['a new room is not in the drawing', 'shared/x.ts', '../policy/reasons.js'],
  ] as const) {
    t.test(when, async t => {
      t.type(complaint(file, imported), 'string')
    })
  }
})

t.test('a file inside the proxy is complained about when', async t => {
  for (const [when, file, target] of [
    ['http1 imports exchange', 'proxy/http1/pool.ts', 'proxy/exchange/wait.ts'],
    ['tuning imports message', 'proxy/tuning/x.ts', 'proxy/message/route.ts'],
    ['it stands beside the rooms', 'proxy/x.ts', 'proxy/message/route.ts'],
  ] as const) {
    t.test(when, async t => {
      t.type(complaintInsideProxy(file, target), 'string')
    })
  }
})

t.test('a circle is found however long it is', async t => {
  const drawn = new Map([
    ['a', ['b', 'x']],
    ['b', ['c']],
    ['c', ['a', 'x']],
    ['x', ['y']],
    ['y', []],
    ['own', ['own']],
  ])
  t.strictSame(circles(drawn), [['a', 'b', 'c'], ['own']])
})

t.test('imports are read in every form, and not from comments', async t => {
  const text = [
    "import type { A } from './a.js'",
    "import b from 'b'",
    "import './c.js'",
    "export { d } from './d.js'",
    'export type * from "./e.js"',
    "const f = await import('./f.js')",
    "type G = import('./g.js').G",
    'import {',
    '  h,',
    "} from 'node:h'",
    "// import x from './x.js'",
    "/* import y from './y.js' */",
    `const text = "import z from 'z', from 'a'"`,
  ].join('\n')
  t.strictSame(importsOf(text).sort(), [
    './a.js',
    './c.js',
    './d.js',
    './e.js',
    './f.js',
    './g.js',
    'b',
    'node:h',
  ])
})

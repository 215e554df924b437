// Holds the drawing of the house: imports go down only, and each package has one door.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Which rooms of src a room may import from, itself included. The file beside the rooms is `top`. */
const mayImport: Record<string, readonly string[]> = {
  terms: ['terms'],
  policy: ['policy', 'terms'],
  config: ['config', 'policy', 'terms'],
  observe: ['observe', 'policy', 'terms'],
  proxy: ['proxy', 'observe', 'policy', 'terms'],
  admin: ['admin', 'observe', 'policy', 'terms'],
  start: ['start', 'workers', 'proxy', 'admin', 'observe', 'config', 'policy', 'terms'],
  workers: ['workers', 'start', 'proxy', 'admin', 'observe', 'config', 'policy', 'terms'],
  demo: ['demo', 'start', 'observe', 'config', 'policy', 'terms'],
  top: ['start', 'workers', 'proxy', 'admin', 'observe', 'config', 'policy', 'terms'],
  cli: [
    'cli',
    'demo',
    'start',
    'workers',
    'proxy',
    'admin',
    'observe',
    'config',
    'policy',
    'terms',
  ],
}

/** Where a package may be imported: a file, or a room when it ends with a slash. */
const packageDoors: Record<string, readonly string[]> = {
  dotenv: ['config/read-sources.ts'],
  'http-proxy': ['proxy/exchange/http-proxy.ts'],
  pino: ['observe/log.ts'],
  'pino-pretty': ['observe/pretty-lines.ts'],
  'prom-client': ['observe/metrics-registry.ts'],
  tldts: ['config/'],
  undici: ['admin/upstream-probe.ts', 'cli/doctor/probe.ts'],
  yaml: ['config/read-sources.ts'],
  yargs: ['cli/'],
  'yargs-parser': ['cli/command-line.ts'],
}

/** Every module that the text of a file imports, loads or re-exports, types included. */
function importsOf(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
  const forms = /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)(['"])([^'"\n]+)\1/g
  return [...code.matchAll(forms)].map(match => match[2] ?? '')
}

const roomOf = (file: string) => (file.includes('/') ? (file.split('/')[0] ?? '') : 'top')

/** What is wrong with one import, in words; undefined when the drawing allows it. */
function complaint(file: string, imported: string): string | undefined {
  const room = roomOf(file)
  if (imported.startsWith('.')) {
    const target = posix.join(dirname(file), imported)
    if (target.startsWith('..')) {
      return imported.endsWith('package.json')
        ? undefined
        : `${file} imports ${imported}, outside src`
    }
    const allowed = mayImport[room]
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
  const doors = packageDoors[name] ?? []
  return doors.some(door => (door.endsWith('/') ? file.startsWith(door) : file === door))
    ? undefined
    : `${file} imports the package ${imported}, which may come in only by ${doors.join(' or ') || 'no door at all'}`
}

function sourceFiles(): string[] {
  return readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .map(name => name.split(sep).join('/'))
    .filter(name => name.endsWith('.ts'))
}

t.test('every import in src goes down, and every package comes in by its own door', async t => {
  const files = sourceFiles()
  t.ok(files.includes('policy/reasons.ts'), 'the sources are found')
  const complaints = files.flatMap(file =>
    importsOf(readFileSync(join(root, 'src', file), 'utf8'))
      .map(imported => complaint(file, imported))
      .filter(text => text !== undefined),
  )
  t.strictSame(complaints, [])
})

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

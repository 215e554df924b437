// `diff A B`: the requests on which two policies, or two servers, decide differently.
import { resolve } from 'node:path'
import { loadSettings } from '../config/load.js'
import { problemsText } from '../config/problem.js'
import { readTextFile } from '../config/read-sources.js'
import type { PolicySet } from '../policy/policy.js'
import { type Invocation, isOn } from './command.js'
import { readCommandLine } from './command-line.js'
import { compare } from './diff/compare.js'
import { policySide } from './diff/policy-side.js'
import type { Side } from './diff/question.js'
import { diffJson, diffText } from './diff/report.js'
import { responseNames, urlSide } from './diff/url-side.js'
import { type Asker, createAsker } from './doctor/ask.js'
import { importText } from './import/recognise.js'
import { withoutRefused } from './import/startable.js'

/** Exits with 0 when they are alike, 1 when they differ, 2 for what can't be compared. */
export async function diff(invocation: Invocation): Promise<number> {
  const { arguments: given, print, printError } = invocation
  const [first, second, ...others] = given
  if (first === undefined || second === undefined || others.length > 0) {
    printError(
      'diff compares two: a settings file, a file that import reads, a URL, or flags in quotes, like "allow-origin=https://app.example.com".\n',
    )
    return 2
  }
  const asker = createAsker(false)
  try {
    const read = [await readSide(first, invocation), await readSide(second, invocation)]
    const failures = read.flatMap(one => (typeof one === 'string' ? [one] : []))
    const sources = read.flatMap(one => (typeof one === 'string' ? [] : [one]))
    const names = new Set<string>()
    for (const source of sources) {
      if (!(source instanceof URL)) continue
      const found = await responseNames(source, asker)
      if ('failure' in found) failures.push(`${source.href} does not answer: ${found.failure}\n`)
      else for (const name of found) names.add(name)
    }
    if (failures.length > 0) {
      printError(failures.join(''))
      return 2
    }
    const [a, b] = sidesOf(sources, [first, second], names, asker)
    if (a === undefined || b === undefined) return 2
    const isAsked = sources.some(source => source instanceof URL)
    const differences = await compare(a, b, !isAsked)
    print((isOn(invocation, 'json') ? diffJson : diffText)(differences, a.title, b.title))
    return differences.length === 0 ? 0 : 1
  } finally {
    await asker.close()
  }
}

type Source = URL | PolicySet

/** Where no server shows its header names, all that a policy exposes are there, and one more. */
function sidesOf(
  sources: readonly Source[],
  titles: readonly string[],
  seen: ReadonlySet<string>,
  asker: Asker,
): readonly Side[] {
  const policies = sources.flatMap(source => (source instanceof URL ? [] : [source]))
  const named = policies.flatMap(source => policySide('', source, []).words.exposed)
  const names =
    seen.size > 0 ? [...seen] : [...new Set([...named, 'x-unknown'])].filter(name => name !== '*')
  return sources.map((source, at) =>
    source instanceof URL ? urlSide(source, asker) : policySide(titles[at] ?? '', source, names),
  )
}

/** What an argument stands for, or why it stands for nothing. */
async function readSide(text: string, invocation: Invocation): Promise<Source | string> {
  if (/^https?:\/\//u.test(text) && URL.canParse(text)) return new URL(text)
  const { cwd } = invocation.load
  const isFlags = /^(?:-|[a-z][a-z-]*=)/u.test(text)
  const file = readTextFile(text === '-' ? '/dev/stdin' : resolve(cwd, text))
  if (isFlags && 'failure' in file) return policiesOfFlags(text, invocation)
  if ('failure' in file) return `${text} cannot be read: ${file.failure}\n`
  if (isOwn.test(file.text) && !isManifest.test(file.text))
    return policies(invocation, text, { flags: { config: text } })
  const { imported, unread } = await importText(file.text, text, path =>
    readTextFile(resolve(cwd, path)),
  )
  const found = imported.filter(({ settings }) => settings.allowOrigins ?? settings.paths)
  const [only] = found
  if (found.length > 1) {
    return `${text} holds ${found.length} policies, for different hosts: compare one at a time.\n`
  }
  if (only === undefined) {
    const lines = unread.map(note => `  line ${note.line}: ${note.text}\n`)
    return `${text} holds no policy that can be compared.\n${lines.join('')}`
  }
  const { settings } = (await withoutRefused(only)).imported
  return policies(invocation, text, { document: { ...settings } })
}

/** A settings file of this program names one of its policy's options, or its variables. */
const isOwn = /(?:^|[\s{"'])(?:allowOrigins|paths["']?:|CORS_SIDECAR_\w+)/u

const isManifest = /^\s*["']?(?:apiVersion|kind|annotations)["']?\s*:/mu

function policiesOfFlags(text: string, invocation: Invocation): Promise<PolicySet | string> {
  const words = (text.match(/(?:"[^"]*"|'[^']*'|\S)+/gu) ?? [])
    .map(word => word.replaceAll(/["']/gu, ''))
    .map(word => (/^[a-z][a-z-]*(?:=|$)/u.test(word) && word.includes('=') ? `--${word}` : word))
  const start = invocation.commands.find(({ name }) => name === 'start')
  if (start === undefined) throw new Error('there is no command start')
  const { flags, arguments: given } = readCommandLine(words, [start], start)
  return policies(invocation, text, { flags, arguments: given })
}

async function policies(
  { load }: Invocation,
  title: string,
  input: {
    readonly flags?: Record<string, string | readonly string[]>
    readonly arguments?: readonly string[]
    readonly document?: unknown
  },
): Promise<PolicySet | string> {
  const loaded = await loadSettings({
    ...input,
    env: {},
    cwd: load.cwd,
    isTerminal: false,
    needsUpstream: false,
  })
  if (loaded.ok) return loaded.policies
  return problemsText(
    `${title} can't be compared.`,
    loaded.problems.filter(({ severity }) => severity === 'error'),
  )
}

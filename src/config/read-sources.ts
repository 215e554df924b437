// Where settings are said: flags, environment, .env file, configuration file. The only file here that
// reads anything, and it reads through the function it is given.
import { readFileSync } from 'node:fs'
import { error } from '../terms/finding.js'
import { fromForeign } from './foreign-names.js'
import type { OptionName } from './options.js'
import type { Problem } from './problem.js'
import {
  type Flags,
  fromConfig,
  fromFlags,
  fromVariables,
  type Given,
  portFlag,
  type Source,
  type Variables,
} from './sources.js'
import type { ReadText } from './value-types.js'
import { unquotedStar } from './yaml-star.js'

export const readTextFile: ReadText = path => {
  try {
    return { text: readFileSync(path, 'utf8') }
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
    return { failure: failures[code] ?? code }
  }
}

const failures: { readonly [code: string]: string } = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
  ELOOP: 'its symbolic links lead round in a circle',
  ENOTDIR: 'a part of its path is not a directory',
}

export interface SourcesInput {
  readonly flags: Flags
  /** Flags that are no options, but may have been meant by a misspelt one. */
  readonly otherFlags: readonly string[]
  /** What stood on the command line without a flag. The first is the upstream. */
  readonly arguments: readonly string[]
  readonly env: Variables
  /** Options that a program hands over. Where they are given, no other source is read. */
  readonly document?: unknown
  readonly read: ReadText
}

export interface Sources {
  /** Strongest first. */
  readonly sources: readonly Source[]
  /** `-p`, which changes the port of whatever `listen` comes to. */
  readonly port: Given | undefined
  /** False where a file that was named could not be read: then nothing is known to be missing. */
  readonly isWhole: boolean
  /** The files, as they were named, that say something of an option. */
  readonly telling: readonly string[]
  readonly problems: readonly Problem[]
}

/** Reads every source whole. Problems are returned, never thrown. */
export async function readSources(input: SourcesInput): Promise<Sources> {
  const { read } = input
  const problems: Problem[] = []
  if ('document' in input) {
    const given = fromConfig(input.document, 'options', problems)
    return { sources: [given], port: undefined, isWhole: true, telling: [], problems }
  }
  const flags = fromFlags(input.flags, input.otherFlags, input.arguments, problems)
  const environment = fromVariables(input.env, 'environment', 'environment', read, problems)
  const envFile = await readEnvFile(input, [flags, environment], read, problems)
  const own = [flags, environment]
  const foreign = [fromForeign(input.env, 'environment', { port: true })]
  if (envFile !== undefined) {
    const { path, env, isNamed } = envFile
    own.push(fromVariables(env, 'env-file', path, read, problems))
    // A .env that merely lies here is often the API's own, and so is the PORT in it.
    foreign.push(fromForeign(env, path, { port: isNamed }))
  }
  const config = await readConfigFile(own, read, problems)
  if (config !== undefined) own.push(config)
  const isWhole = !problems.some(({ code }) => code === 'unreadable-file')
  const sources = [...own, ...foreign]
  const telling = sources
    .filter(({ kind, label, given }) => {
      return given.size > 0 && (kind === 'config' || label === envFile?.path)
    })
    .map(({ label }) => label)
  return { sources, port: portFlag(input.flags), isWhole, telling, problems }
}

interface Named {
  readonly given: Given
  readonly label: string
}

/** What the sources read so far say of the two options that name further sources. */
function firstNamed(sources: readonly Source[], option: OptionName): Named | undefined {
  for (const { given, label } of sources) {
    const found = given.get(option)
    if (found !== undefined) return { given: found, label }
  }
  return undefined
}

async function readEnvFile(
  input: SourcesInput,
  sources: readonly Source[],
  read: ReadText,
  problems: Problem[],
): Promise<{ path: string; env: Variables; isNamed: boolean } | undefined> {
  const named = firstNamed(sources, 'envFile')
  if (named === undefined && input.env.NODE_ENV === 'production') return undefined
  const path = named === undefined ? '.env' : String(named.given.raw)
  // An empty path is reported where all empty values are.
  if (path === '') return undefined
  const result = read(path)
  if ('failure' in result) {
    if (named !== undefined) problems.push(unreadable(named, path, result.failure))
    return undefined
  }
  const { parse } = await import('dotenv')
  return { path, env: parse(result.text), isNamed: named !== undefined }
}

async function readConfigFile(
  sources: readonly Source[],
  read: ReadText,
  problems: Problem[],
): Promise<Source | undefined> {
  const named = firstNamed(sources, 'config')
  const path = named === undefined ? '' : String(named.given.raw)
  if (named === undefined || path === '') return undefined
  const result = read(path)
  if ('failure' in result) {
    problems.push(unreadable(named, path, result.failure))
    return undefined
  }
  const parsed = await parseYaml(result.text)
  if ('failure' in parsed) {
    const { failure, ...cure } = parsed
    const finding = error('unreadable-file', failure, { item: path, ...cure })
    problems.push({ ...finding, name: named.given.name, source: named.label })
    return undefined
  }
  const { documents } = parsed
  if (documents.length > 1) {
    const reason = `holds ${documents.length} documents, and only one can be the configuration`
    const finding = error('unreadable-file', reason, { item: path })
    problems.push({ ...finding, name: named.given.name, source: named.label })
  }
  return fromConfig(documents[0] ?? null, path, problems)
}

interface Unread {
  readonly failure: string
  /** The line as it should be, where that can be told. */
  readonly correction?: string
}

/** The documents of a YAML or JSON text, or why it has none. */
export async function parseYaml(
  text: string,
): Promise<{ readonly documents: readonly unknown[] } | Unread> {
  const { parseAllDocuments } = await import('yaml')
  const parsed = parseAllDocuments(text, { prettyErrors: true })
  const documents = Array.isArray(parsed) ? parsed : []
  const fault = documents.flatMap(({ errors }) => errors)[0]
  if (fault !== undefined) return unread(text, fault.message)
  try {
    return { documents: documents.map(document => document.toJS()) }
  } catch (cause) {
    // An alias without its anchor, or so many that they were made to fill the memory.
    return unread(text, cause instanceof Error ? cause.message : String(cause))
  }
}

function unread(text: string, message: string): Unread {
  const [first = ''] = message.split('\n', 1)
  const star = /unresolved alias|alias cannot be/i.test(first) ? unquotedStar(text) : undefined
  if (star === undefined) {
    return { failure: `is not YAML or JSON: ${first.replace(/:$/, '').slice(0, 200)}` }
  }
  const { line, item, correction } = star
  return {
    failure: `has ${item} without quotes in line ${line}, where YAML reads an alias`,
    correction,
  }
}

const unreadable = ({ given, label }: Named, path: string, failure: string): Problem => ({
  ...error('unreadable-file', `cannot be read: ${failure}`, { item: path }),
  name: given.name,
  source: label,
})

// Sources + table → one value for each option, and where it came from.

import { error, type Finding } from '../terms/finding.js'
import { variableName } from '../terms/option-names.js'
import { isToken } from '../terms/token.js'
import { type ListenAddress, portNumber } from './address-types.js'
import { isLocalOnly } from './check-open-listen.js'
import type { Option } from './option.js'
import { type Declared, type OptionName, optionNames, optionRow, type Settings } from './options.js'
import type { Problem } from './problem.js'
import { readProxyVariables } from './proxy-variables.js'
import type { Sources } from './read-sources.js'
import { defaultHostHeader, resolveRoutes } from './routes.js'
import type { Given, Source, Variables } from './sources.js'
import type { ReadText } from './value-types.js'

/** Which source won, and the name it used. */
export interface Provenance {
  readonly kind: Source['kind'] | 'default'
  /** `command line`, `environment`, a file as the person wrote it, or `default`. */
  readonly source: string
  /** `--max-age`, `CORS_SIDECAR_MAX_AGE`, `maxAge`, … */
  readonly name: string
}

export type ProvenanceOf = { readonly [Name in OptionName]: Provenance }

/** What the defaults depend on. */
export interface Place {
  readonly isTerminal: boolean
  readonly isImage: boolean
  /** What `outboundProxy: env` reads. */
  readonly env: Variables
  /** Where the program listens already, whatever the sources say. */
  readonly listensAt?: ListenAddress | undefined
  /** Reads the certificates and keys; without it they are not looked into. */
  readonly read?: ReadText
}

export interface Resolved {
  /** Where a value was wrong, its default stands in, so that everything else can still be checked. */
  readonly settings: Settings
  readonly provenance: ProvenanceOf
  readonly problems: readonly Problem[]
  /** The options whose values were wrong. */
  readonly failed: ReadonlySet<OptionName>
}

/** Picks, for each option, the strongest source that names it, and reads that value. */
export function resolveSettings({ sources, port }: Sources, place: Place): Resolved {
  const values: Partial<Declared> = {}
  const provenance = new Map<OptionName, Provenance>()
  const problems: Problem[] = []
  const failed = new Set<OptionName>()

  const settle = (option: OptionName): void => {
    const row = optionRow(option)
    const won = strongest(sources, option)
    const from = won === undefined ? defaultProvenance(option) : provenanceOf(won)
    provenance.set(option, from)
    const parsed = won === undefined ? undefined : parseWhole(row, won, place.read)
    for (const { name, ...finding } of parsed?.findings ?? []) {
      problems.push(placeFinding(option, finding, { ...from, name }))
    }
    if (parsed?.ok === false) failed.add(option)
    if (parsed?.ok && from.kind === 'foreign') {
      problems.push(placeFinding(option, readAs(option, row.type.write(parsed.value)), from))
    }
    const value = parsed?.ok
      ? parsed.value
      : defaultValue(row, place, place.listensAt ?? values.listen)
    Object.assign(values, { [option]: value })
  }

  // The default of allowOrigins depends on where we listen.
  settle('listen')
  if (port !== undefined && values.listen !== undefined) {
    const placed = placePort(port, values.listen)
    const from: Provenance = { kind: 'flag', source: 'command line', name: port.name }
    if ('finding' in placed) {
      failed.add('listen')
      problems.push(placeFinding('listen', placed.finding, from))
    } else {
      Object.assign(values, { listen: placed.address })
      provenance.set('listen', from)
    }
  }
  for (const option of optionNames) if (option !== 'listen') settle(option)

  // Every option has been settled by now.
  const settings = values as Declared
  const { hostHeader } = settings
  const found = settings.outboundProxy.from === 'env' ? readProxyVariables(place.env) : undefined
  for (const { name, finding } of found?.findings ?? []) {
    problems.push({ ...finding, name, source: 'environment' })
  }
  return {
    settings: {
      ...settings,
      outboundProxy: found?.proxies ?? settings.outboundProxy,
      hostHeader: hostHeader ?? defaultHostHeader(settings.upstream),
      forwardedHeaders:
        provenance.get('forwardedHeaders')?.kind === 'default'
          ? defaultForwardedHeaders(settings.trustProxy)
          : settings.forwardedHeaders,
      routes: resolveRoutes(settings.routes, {
        stripPrefix: settings.stripPrefix,
        hostHeader,
      }),
    },
    provenance: Object.fromEntries(provenance) as ProvenanceOf,
    problems,
    failed,
  }
}

/** Whoever names proxies in front wants to know what they said. */
const defaultForwardedHeaders = (trusted: Settings['trustProxy']): 'append' | 'set' =>
  trusted.length > 0 ? 'append' : 'set'

interface Won {
  readonly source: Source
  readonly given: Given
}

function strongest(sources: readonly Source[], option: OptionName): Won | undefined {
  for (const source of sources) {
    const given = source.given.get(option)
    if (given !== undefined) return { source, given }
  }
  return undefined
}

const provenanceOf = ({ source, given }: Won): Provenance => ({
  kind: source.kind,
  source: source.label,
  name: given.name,
})

const defaultProvenance = (option: OptionName): Provenance => ({
  kind: 'default',
  source: 'default',
  name: option,
})

/** Singular and plural of one list add up. */
function parseWhole(row: Option<unknown>, won: Won, read: ReadText | undefined) {
  const { source, given } = won
  const parts = [given, ...(given.also === undefined ? [] : [given.also])]
  const parsed = parts.map(part => ({
    name: part.name,
    ...parseGiven(row, { source, given: part }, read),
  }))
  const findings = parsed.flatMap(({ name, findings }) => findings.map(one => ({ ...one, name })))
  const values: unknown[] = []
  for (const part of parsed) {
    if (!part.ok) return { ok: false, findings } as const
    values.push(part.value)
  }
  return {
    ok: true,
    value: values.length === 1 ? values[0] : joined(row, values),
    findings,
  } as const
}

/** An item that both name stands once. */
function joined({ type }: Option<unknown>, lists: readonly unknown[]): unknown[] {
  const items = lists.flatMap(list => (Array.isArray(list) ? list : [list]))
  const byText = new Map(items.map(item => [JSON.stringify(type.write([item])), item]))
  return [...byText.values()]
}

function parseGiven(row: Option<unknown>, { source, given }: Won, read: ReadText | undefined) {
  if (source.kind === 'foreign' && given.name === 'PORT') {
    // A hosting platform connects from outside, so every interface it is.
    const parsed = portNumber(1).parse(given.raw, { split: false })
    return parsed.ok ? { ...parsed, value: { host: '0.0.0.0', port: parsed.value } } : parsed
  }
  return row.type.parse(given.raw, { split: given.split, read })
}

// A name that is not ours is honoured, and whoever set it is told the line that says the same.
const readAs = (option: OptionName, written: unknown): Finding => ({
  severity: 'info',
  code: 'origin-normalised',
  reason: 'is not a name of this program, and is read as the variable of its own',
  correction: `${variableName(option)}=${Array.isArray(written) ? written.join(',') : written}`,
})

function placePort(
  port: Given,
  listen: ListenAddress,
): { readonly address: ListenAddress } | { readonly finding: Finding } {
  if (Array.isArray(port.raw)) {
    return { finding: error('conflict', 'is given more than once, but takes one value') }
  }
  const parsed = portNumber(0).parse(port.raw, { split: false })
  if (!parsed.ok) return { finding: parsed.findings[0] ?? error('value-invalid', 'is not a port') }
  if ('path' in listen) {
    const reason = `sets a port, and listen is a socket (unix:${listen.path})`
    return { finding: error('conflict', reason, { item: String(port.raw) }) }
  }
  return { address: { host: listen.host, port: parsed.value } }
}

/** The default for this place, as text. */
export function defaultText(
  row: Option<unknown>,
  place: Place,
  listensLocally: boolean,
): string | undefined {
  const by = row.default
  if (place.isTerminal && listensLocally && by.onTerminalAndLoopback !== undefined) {
    return by.onTerminalAndLoopback
  }
  if (place.isTerminal && by.onTerminal !== undefined) return by.onTerminal
  if (place.isImage && by.inImage !== undefined) return by.inImage
  return by.otherwise
}

function defaultValue(
  row: Option<unknown>,
  place: Place,
  listen: ListenAddress | undefined,
): unknown {
  const text = defaultText(row, place, listen !== undefined && isLocalOnly(listen))
  if (text === undefined) return undefined
  const parsed = row.type.parse(text, { split: true })
  // A test holds that every default in the table can be read.
  return parsed.ok ? parsed.value : undefined
}

/** Puts name and source to a finding. What a secret holds is never shown. */
export function placeFinding(option: OptionName, finding: Finding, from: Provenance): Problem {
  const { secret, type } = optionRow(option)
  const { item, correction, ...rest } = finding
  const keep = !secret || (type.kind === 'list' && item !== undefined && isToken(item))
  const where =
    from.kind === 'default'
      ? { name: variableName(option), source: '' }
      : { name: from.name, source: from.source }
  return keep ? { ...finding, ...where } : { ...rest, ...where }
}

// YAML as values with lines.
import type { Node, Pair } from 'yaml'
import type { SourceValue } from './source-value.js'

/** The documents of a text, or the line that is no YAML. The parser's own words stay with it. */
export type YamlText =
  | { readonly documents: readonly SourceValue[] }
  | { readonly wrongLine: number }

/** More values than any configuration has: aliases can be nested to fill the memory. */
const mostValues = 100_000

/** Reads a text. An alias stands for what it names, a merge key for what it merges. */
export async function readYaml(text: string): Promise<YamlText> {
  const { isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments } = await import('yaml')
  const lines = new LineCounter()
  const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false })
  const documents = Array.isArray(parsed) ? parsed : []
  const lineAt = (offset: number | undefined): number => lines.linePos(offset ?? 0).line
  const fault = documents.flatMap(({ errors }) => errors)[0]
  if (fault !== undefined) return { wrongLine: lineAt(fault.pos[0]) }
  let values = 0
  let wrongLine: number | undefined

  function read(
    node: Node | null | undefined,
    resolve: (alias: Node) => Node | undefined,
  ): SourceValue {
    const line = lineAt(node?.range?.[0])
    if (++values > mostValues) wrongLine ??= line
    if (wrongLine !== undefined) return { kind: 'scalar', value: null, line }
    if (isAlias(node)) {
      const meant = resolve(node)
      if (meant === undefined) wrongLine = line
      return read(meant, resolve)
    }
    if (isSeq<Node>(node)) {
      return { kind: 'list', items: node.items.map(item => read(item, resolve)), line }
    }
    if (isMap<Node, Node>(node)) {
      const entries = node.items.map(pair => entriesOf(pair, resolve))
      // What is merged in comes first, since a key that is written out wins.
      return {
        kind: 'group',
        entries: entries.sort((a, b) => a.order - b.order).flatMap(({ found }) => found),
        line,
      }
    }
    const value = isScalar(node) ? node.value : null
    const isPlain =
      typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    return {
      kind: 'scalar',
      value: isPlain ? value : value === null || value === undefined ? null : String(value),
      line,
    }
  }

  function entriesOf(pair: Pair<Node, Node | null>, resolve: (alias: Node) => Node | undefined) {
    const line = lineAt(pair.key.range?.[0])
    const value = read(pair.value, resolve)
    const key = isScalar(pair.key) ? String(pair.key.value) : ''
    if (key !== '<<') return { order: 1, found: [{ key, value, line }] }
    const merged = value.kind === 'list' ? value.items.toReversed() : [value]
    return {
      order: 0,
      found: merged.flatMap(group => (group.kind === 'group' ? group.entries : [])),
    }
  }

  const found = documents.map(document =>
    read(document.contents, alias => (isAlias(alias) ? alias.resolve(document) : undefined)),
  )
  return wrongLine === undefined ? { documents: found } : { wrongLine }
}

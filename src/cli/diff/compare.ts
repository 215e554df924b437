// Finds the requests on which two sides decide differently, the smallest first. Origins and paths that
// both sides treat alike are asked about once.
import { isSafelistedMethod } from '../../policy/header-names.js'
import { type DiffQuestion, type Said, type Side, saidDifferently } from './question.js'

export interface Difference {
  readonly question: DiffQuestion
  readonly fields: readonly (keyof Said)[]
  readonly a: Said
  readonly b: Said
  /** More origins on which they differ in the same way, and how many there are in all. */
  readonly origins: readonly string[]
  readonly originCount: number
}

interface Kind {
  readonly path: string
  readonly origins: readonly string[]
}

/** Names that nobody lists. */
const stranger = 'https://stranger.example'
const unknownMethod = 'X-UNKNOWN'
const unknownHeader = 'x-unknown'
const mostShown = 10

export async function compare(a: Side, b: Side, upgrades: boolean): Promise<Difference[]> {
  const found: Difference[] = []
  for (const kind of kindsOf(a, b)) {
    const [origin] = kind.origins
    if (origin === undefined) continue
    const first = found.length
    for (const question of questionsFor(origin, kind.path, a, b, upgrades)) {
      const one = await a.answer(question)
      const other = await b.answer(question)
      const fields = saidDifferently(one, other)
      if (fields.length === 0) continue
      const difference = {
        question,
        fields,
        a: one,
        b: other,
        origins: kind.origins.slice(0, mostShown),
        originCount: kind.origins.length,
      }
      if (!found.slice(first).some(known => says(known, difference))) found.push(difference)
    }
  }
  return found.sort((x, y) => sizeOf(x) - sizeOf(y))
}

/** A difference that is there already says it, too: what a page may not read, it need not ask for. */
function says(known: Difference, other: Difference): boolean {
  const isOver = (said: Said) => said.allows === 'nothing'
  if (known.question.preflight === undefined && known.fields.includes('allows')) {
    return isOver(known.a) === isOver(other.a) && isOver(known.b) === isOver(other.b)
  }
  const isRemembering = (each: Difference) =>
    each.fields.length === 1 && each.fields[0] === 'maxAge'
  return isRemembering(known) && isRemembering(other)
}

const sizeOf = ({ question: { preflight, path, origin, upgrade } }: Difference): number =>
  (preflight === undefined ? 0 : 1_000 + 100 * preflight.names.length + preflight.method.length) +
  (upgrade ? 500 : 0) +
  path.length +
  (origin?.length ?? 0)

function kindsOf(a: Side, b: Side): readonly Kind[] {
  const paths = smallest(
    ['/', ...a.words.paths, ...b.words.paths],
    path => `${a.kindOfPath(path)} ${b.kindOfPath(path)}`,
  )
  const origins = [...new Set([stranger, 'null', ...a.words.origins, ...b.words.origins])]
  return paths.flatMap(([path]) =>
    [
      ...grouped(origins, origin => `${a.kindOf(origin, path)} ${b.kindOf(origin, path)}`).values(),
    ].map(origins => ({ path, origins: origins.sort((x, y) => x.length - y.length) })),
  )
}

function* questionsFor(
  origin: string,
  path: string,
  a: Side,
  b: Side,
  upgrades: boolean,
): Generator<DiffQuestion> {
  yield { method: 'GET', path, origin }
  if (upgrades) yield { method: 'GET', path, origin, upgrade: true }
  const asking = (method: string, ...names: string[]): DiffQuestion => ({
    method: 'OPTIONS',
    path,
    origin,
    preflight: { method, names },
  })
  const methods = new Set([...a.words.methods, ...b.words.methods, unknownMethod])
  for (const method of methods) if (!isSafelistedMethod(method)) yield asking(method)
  const headers = new Set([...a.words.headers, ...b.words.headers, unknownHeader])
  for (const header of headers) yield asking('GET', header)
}

function grouped<Item>(items: Iterable<Item>, keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return groups
}

/** One of each kind, and the shortest of it. */
const smallest = (texts: readonly string[], keyOf: (text: string) => string): readonly [string][] =>
  [...grouped(new Set(texts), keyOf).values()].map(group => [
    group.reduce((best, text) => (text.length < best.length ? text : best)),
  ])

// Holds the matcher against a second opinion: origins are read by the platform's own URL parser
// (the URL Standard) and serialised as the Fetch Standard says; entries become one expression each,
// built from their text. Nothing here is shared with the code under test but the grammar in prose.
import t from 'tap'
import { compileOrigins } from '../../src/policy/origin-matcher.js'
import { isFinding, parseOriginPattern } from '../../src/policy/origin-pattern.js'

/** `npm run reliability -- origins` takes eighty times as many. */
const lists = Number(process.env.ORACLE_LISTS ?? 2500)
const originsPerList = 100
const regexes = [
  'https://(dev|stage)[.]a[.]test',
  'http://shop-[0-9]+[.]b[.]a[.]test(:3000)?',
  '.*[.]shop-x[.]test|https://x',
].map(source => `/${source}/`)
const entryLike = 'https://*.a.test'
const ports = [
  '',
  ':',
  ':0',
  ':80',
  ':443',
  ':3000',
  ':08443',
  ':8443',
  ':65535',
  ':65536',
] as const
const strays = [
  '/',
  '@',
  '?',
  '#',
  '.',
  '-',
  '_',
  '*',
  ':',
  '%',
  '\\',
  ' ',
  '\t',
  '\n',
  '\0',
  '[',
  ']',
  'é',
  '`',
  '{',
  '!',
  '1',
  'a',
  'A',
] as const
const seed = Number(process.env.ORACLE_SEED ?? Math.floor(Math.random() * 2 ** 32))

t.test('the matcher agrees with the standards', async t => {
  t.comment(`seed ${seed}: set ORACLE_SEED to it to see the same run again`)
  const random = generator(seed)
  const differences: string[] = []
  let compared = 0
  let allowed = 0
  for (let list = 0; list < lists; list++) {
    const texts = Array.from({ length: 1 + random.below(5) }, () => randomEntry(random))
    const matcher = compileOrigins(texts.map(entryOf))
    const covers = texts.map(coverOf)
    for (let i = 0; i < originsPerList; i++) {
      const origin = randomOrigin(random, texts)
      const match = matcher.match(origin)
      const expected = isSerialisedOrigin(origin) && covers.some(cover => cover(origin))
      const named = match === undefined ? undefined : covers[texts.indexOf(match.entry)]
      compared++
      if (expected) allowed++
      if ((match !== undefined) !== expected || (named !== undefined && !named(origin))) {
        differences.push(`${JSON.stringify(origin)} against ${texts.join(' ')}: ${match?.entry}`)
      }
    }
  }
  t.comment(`${compared} comparisons, ${allowed} of them allowed`)
  t.strictSame(differences.slice(0, 10), [], 'no difference')
  t.ok(compared >= 200_000, 'enough comparisons')
  t.ok(allowed > compared / 20 && allowed < (compared * 19) / 20, 'of both kinds')
})

interface Random {
  below: (limit: number) => number
  pick: <Item>(items: readonly Item[]) => Item
}

/** A small generator that repeats from its seed (mulberry32). */
function generator(start: number): Random {
  let state = start >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  return {
    below: limit => next() % limit,
    pick: items => {
      const item = items[next() % items.length]
      if (item === undefined) throw new Error('nothing to pick from')
      return item
    },
  }
}

function entryOf(text: string) {
  const read = parseOriginPattern(text)
  if (isFinding(read)) throw new Error(`${text} ${read.reason}`)
  return { text, pattern: read.pattern }
}

/** The URL Standard's reading of the text, plus the limits that our grammar adds on purpose. */
function isSerialisedOrigin(text: string): boolean {
  if (text.length > 326 || text.indexOf('://') > 64 || !URL.canParse(text)) return false
  const url = new URL(text)
  const hasTupleOrigin = /^(?:https?|wss?|ftp):$/.test(url.protocol)
  const serialised = hasTupleOrigin ? url.origin : `${url.protocol}//${url.host}`
  if (serialised !== text || url.username !== '' || url.hash !== '') return false
  if (url.port === '0' || url.hostname === '') return false
  const name = url.hostname.replace(/\.$/, '')
  if (url.hostname.startsWith('[')) return true
  if (name.length <= 253 && /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/.test(name)) return true
  // What app shells have for a host need be no name; wildcards cover names all the same.
  return !hasTupleOrigin && url.hostname.length <= 253 && /^[\w.~%+=-]+$/.test(url.hostname)
}

/** What an entry covers, as its documentation puts it, for texts that are origins. */
function coverOf(entry: string): (origin: string) => boolean {
  if (entry === 'loopback') {
    return origin => {
      const url = new URL(origin)
      if (url.protocol !== 'http:' && url.protocol !== 'https:') return false
      return /^(?:(?:.+\.)?localhost\.?|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname)
    }
  }
  if (entry.startsWith('/')) {
    const whole = new RegExp(`^(?:${entry.slice(1, -1)})$`)
    return origin => whole.test(origin)
  }
  const [, scheme = '', host = '', port = ''] =
    /^([^:]+):\/\/(\[[^\]]*\]|[^:]*)(:.*)?$/.exec(entry) ?? []
  const literal = (text: string): string => text.replace(/[.\\[\]{}()+?^$|]/g, '\\$&')
  const anyPort = '(?::[0-9]+)?'
  if (host === '*') {
    const ports = port === '' || port === ':*' ? anyPort : literal(port)
    const whole = new RegExp(
      `^${literal(scheme)}://(?:\\[[^\\]]*\\]|[a-z0-9_-]+(?:\\.[a-z0-9_-]+)*\\.?)${ports}$`,
    )
    return origin => whole.test(origin)
  }
  const hosts = host.startsWith('*.')
    ? `(?:[a-z0-9_-]+\\.)+${literal(host.slice(2))}`
    : literal(host).replace('*', '[a-z0-9-]+')
  const ports = port === ':*' ? anyPort : literal(port)
  const whole = new RegExp(`^${literal(scheme)}://${hosts}${ports}$`)
  return origin => whole.test(origin)
}

function randomEntry(random: Random): string {
  if (random.below(12) === 0) return random.pick(['loopback', ...regexes])
  const scheme = random.pick(['https', 'https', 'http', 'capacitor', 'app.x'])
  const host = random.pick([
    () => randomName(random),
    () => randomName(random),
    () => `*.${randomName(random)}`,
    () =>
      `${random.pick(['shop-', 'a-b-', ''])}*-${random.pick(['x', 'pre-y'])}.${randomName(random)}`,
    () =>
      `${random.pick(['shop', 'a-b', 'x'])}-*${random.pick(['', '-x', 'y'])}.${randomName(random)}`,
    () => random.pick(['127.0.0.1', '10.0.0.5', '[::1]', '[2001:db8::1]', 'localhost']),
    () => '*',
  ])()
  return `${scheme}://${host}${random.pick(['', '', ':8443', ':3000', ':*'])}`
}

function randomName(random: Random): string {
  const labels = Array.from({ length: 1 + random.below(3) }, () => randomLabel(random))
  return [...labels, random.pick(['test', 'com', 'localhost'])].join('.')
}

function randomLabel(random: Random): string {
  return random.pick([
    'a',
    'b',
    'x',
    'shop',
    'shop-x',
    'a-b-x',
    'dev',
    'shop-1',
    'my_app',
    'x-pre-y',
  ])
}

/** Mostly origins made from the list itself and then bent, so that both answers are common. */
function randomOrigin(random: Random, texts: readonly string[]): string {
  const entry = texts[random.below(texts.length)] ?? ''
  let origin =
    entry.includes('://') && !entry.startsWith('/')
      ? entry.replace(/\*/g, () => random.pick(['a', 'x-1', 'a.b', '8443', '1', '', '_', 'pre']))
      : `${random.pick(['https', 'http'])}://${random.pick(['localhost', '127.0.0.1', '127.1.2.3', '[::1]', 'shop-7.b.a.test', 'dev.a.test', randomName(random)])}${random.pick(['', ':3000'])}`
  for (let bends = random.below(3); bends > 0; bends--) origin = bend(random, origin)
  return origin
}

function bend(random: Random, origin: string): string {
  const at = random.below(origin.length + 1)
  const label = randomLabel(random)
  return random.pick([
    () => origin.slice(0, at) + origin.slice(at + 1),
    () => origin.slice(0, at) + random.pick(strays) + origin.slice(at),
    () => origin.replace('://', `://${label}.`),
    () => origin.replace('://', `://${label}`),
    () => origin.replace('://', `://${label}-`),
    () => `${origin}.${label}.test`,
    () => origin.replace(/(?::\d*)?$/, random.pick(ports)),
    () =>
      origin.replace(/^[^:]*/, random.pick(['https', 'http', 'HTTPS', 'capacitor', 'ftp', 'x'])),
    () => origin.toUpperCase(),
    () => origin.replace(/(?=:\d+$|$)/, '.'),
    () => origin.replace(/[a-z]+(?=\.)/, random.pick(['127', '0x7f', '1', `${'y'.repeat(70)}`])),
    () => origin.replace('://', `://${'z.'.repeat(random.below(140))}`),
    () => random.pick(['', 'null', '*', entryLike, `${origin}, ${origin}`, `${origin} ${origin}`]),
  ])()
}

// What engines are asked: the HTTP cases of cors.json, the origins of origins.json, and policies full
// of what is special in somebody's grammar.
import { loadSettings } from '../../src/config/load.js'
import { type CasePolicy, type CorsCase, readCases, settingsOf } from './cases.js'
import { isFromBrowser } from './engine-exchanges.js'

interface OriginCase {
  readonly id: string
  readonly allowed: readonly string[]
  readonly origin: string
  readonly layer?: 'unit'
}

/** The cases of cors.json that a browser can make. */
export const corsCases: readonly CorsCase[] = readCases<CorsCase>('cors.json').filter(
  each => each.kind === 'http' && isFromBrowser(each),
)

const asked = (
  id: string,
  policy: CasePolicy,
  headers: Record<string, string>,
  { path = '/', method = 'GET' } = {},
): CorsCase => ({
  id,
  kind: 'http',
  category: 'engines',
  policy,
  request: { method, path, headers },
  upstream: { status: 200 },
  expect: { status: 200, forwarded: true, headers: {} },
  why: id,
})

/** No host name is longer than this. */
const longestHost = 253

const originCases = readCases<OriginCase>('origins.json')
  .filter(({ layer, origin }) => layer !== 'unit' && origin.length < longestHost && origin !== '')
  .map(({ id, allowed, origin }) =>
    asked(id, { origins: allowed }, { Origin: Buffer.from(origin).toString('latin1') }),
  )

const page = 'https://app.example.com'
const names = [
  "x-'a",
  'x-$b',
  'x-`c',
  'x-%d',
  'x-&e',
  'x-|f',
  'x-^g',
  'x-#h',
  'x-!i',
  'x-*j',
  'x-~k',
]
const hostile: CasePolicy = {
  origins: [
    page,
    '/https:\\/\\/x[a-z.]*\\.example\\.com/',
    '/https:\\/\\/y[\'"$`#;]?\\.example\\.com/',
  ],
  methods: ['GET', "X'$Y", 'X`#Z'],
  headers: names,
  expose: names,
  credentials: true,
}
const hostilePaths: CasePolicy = {
  origins: [page],
  paths: ["/it's/", '/a"b/', '/$x{1}/', '/(/', '/caf%C3%A9/', '/!'].map(match => ({
    match,
    origins: ['https://admin.example.com'],
  })),
}
const preflight = (method: string, list: string) => ({
  Origin: page,
  'Access-Control-Request-Method': method,
  'Access-Control-Request-Headers': list,
})

/** A name that the upstream exposes counts where the response has it, and that one has. */
const mergedCase: CorsCase = {
  ...asked(
    'names exposed by the upstream',
    { origins: [page], expose: ['x-a'], upstreamCors: 'merge-expose' },
    { Origin: page },
  ),
  upstream: {
    status: 200,
    headers: { 'X-A': '1', 'X-Theirs': '1', 'Access-Control-Expose-Headers': 'x-theirs' },
  },
}

const privateNetworkCase = asked(
  'a private network asked for',
  { origins: [page], privateNetwork: true },
  { ...preflight('PUT', 'content-type'), 'Access-Control-Request-Private-Network': 'true' },
  { method: 'OPTIONS' },
)

const prefixes: CasePolicy = {
  origins: [page],
  headers: ['x-amz-*', 'x-b'],
  expose: ['x-amz-*'],
  credentials: true,
}
const prefixCases = [
  ...['x-amz-date', 'x-b', 'x-amz-date,x-b', 'x-c'].map(names =>
    asked(`${names} under a prefix`, prefixes, preflight('PUT', names), { method: 'OPTIONS' }),
  ),
  {
    ...asked('names exposed by a prefix', prefixes, { Origin: page }),
    upstream: { status: 200, headers: { 'X-Amz-Id': '1', 'X-B': '2' } },
  },
]

const hostileCases = [
  ...prefixCases,
  mergedCase,
  privateNetworkCase,
  ...names.map(name =>
    asked(`a preflight for ${name}`, hostile, preflight('PUT', name), { method: 'OPTIONS' }),
  ),
  ...["X'$Y", 'X`#Z', 'X'].map(method =>
    asked(`a preflight for ${method}`, hostile, preflight(method, ''), { method: 'OPTIONS' }),
  ),
  asked('all names exposed', hostile, { Origin: page }),
  ...[
    'https://x.example.com',
    'https://xy.example.com',
    'https://x..example.com',
    'https://y.example.com',
    "https://y'.example.com",
    'https://x-.example.com:8443',
  ].map(origin => asked(`an expression and ${origin}`, hostile, { Origin: origin })),
  ...[
    "/it's/x",
    '/it%27s/x',
    '/a"b/',
    '/a%22b/c',
    '/$x{1}/',
    '/(/',
    '/caf%C3%A9/',
    '/caf%c3%a9',
    '/!',
    '/itxs/',
    '/x%20y',
    '/x%2fy',
    "/it's",
    "/it's?x",
    '/x;y',
  ].flatMap(path =>
    [page, 'https://admin.example.com'].map(origin =>
      asked(`${path} and ${origin}`, hostilePaths, { Origin: origin }, { path }),
    ),
  ),
]

/** Every case whose policy would start. */
export async function engineCases(): Promise<readonly CorsCase[]> {
  const starts = new Map<string, boolean>()
  const all = [...corsCases, ...originCases, ...hostileCases]
  for (const { policy } of all) {
    const key = JSON.stringify(policy)
    if (starts.has(key)) continue
    const { ok } = await loadSettings({
      document: { ...settingsOf(policy), upstream: 'http://127.0.0.1:9' },
      env: {},
      cwd: '/',
      isTerminal: false,
    })
    starts.set(key, ok)
  }
  return all.filter(({ policy }) => starts.get(JSON.stringify(policy)))
}

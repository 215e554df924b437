// Routes and ingresses drawn at random, and a small model of each gateway: whatever the source would
// refuse, the import refuses. The models know nothing of the importer.
import t from 'tap'
import { seededRandom } from '../support/mutated-streams.js'
import { answerUnder, compileSettings, importsOf } from './imports.js'

const seed = Number(process.env.IMPORT_SEED ?? Math.floor(Math.random() * 2 ** 32))
const sources = 60

type Random = () => number
const picker = (random: Random) => {
  const below = (limit: number) => Math.floor(random() * limit)
  return {
    pick: <T>(...items: readonly T[]) => items[below(items.length)] as T,
    some: <T>(...items: readonly T[]) => items.filter(() => random() < 0.5),
    chance: (part: number) => random() < part,
    times: <T>(most: number, make: () => T) => Array.from({ length: 1 + below(most) }, make),
  }
}
type Picker = ReturnType<typeof picker>

const app = 'https://app.example.test'
const origins = [
  app,
  'https://x.apps.example.test',
  'https://x.y.apps.example.test',
  'https://evil.test',
]
const requestPaths = [
  '/',
  '/a',
  '/a/',
  '/a/b',
  '/a/bc',
  '/ab',
  '/ab/c',
  '/a/b/x',
  '/b/x',
  '/c',
  '/A/b',
  '/d',
]
const requestHosts = ['one.test', 'two.test', 'sub.wide.test', 'deep.sub.wide.test', 'else.test']

/** What a source says about one request; undefined where it grants nothing. */
interface Grant {
  readonly allows: (origin: string) => boolean
  readonly credentials: boolean
  readonly methods: readonly string[]
  readonly headers: readonly string[]
  readonly exposed: readonly string[]
}

/** What a source comes to for a request. A gateway may be free to choose: then each choice. */
type Model = (host: string, path: string, method: string) => readonly (Grant | undefined)[]

const grantsTo = (grants: readonly (Grant | undefined)[], origin: string) =>
  grants.every(grant => grant?.allows(origin) === true)

/** Asks an import everything, and returns what it grants beyond its source, and how much it grants. */
async function asked(text: string, model: Model) {
  const { results } = await importsOf(text)
  const wider: string[] = []
  const missing: string[] = []
  let granted = 0
  for (const { settings, starts, hosts } of results) {
    if (!starts) wider.push('it does not start')
    const policy = await compileSettings(settings)
    for (const host of requestHosts.filter(host => holdsFor(hosts, host))) {
      for (const path of requestPaths) {
        for (const origin of origins) {
          const request = `${origin} ${host} ${path}`
          for (const method of ['GET', 'POST']) {
            const grants = model(host, path, method)
            const answer = answerUnder(policy, { path, origin, method })
            if (answer.origin === undefined) {
              if (grantsTo(grants, origin)) missing.push(`${method} ${request}`)
              continue
            }
            granted++
            if (!grantsTo(grants, origin)) wider.push(`${method} ${request}`)
            if (answer.credentials && !grants.every(grant => grant?.credentials)) {
              wider.push(`${method} ${request}: credentials`)
            }
            const exposed = answer.exposed?.split(', ') ?? []
            const isExposed = (name: string) =>
              grants.every(grant =>
                grant?.exposed.some(own => own === '*' || own.toLowerCase() === name),
              )
            if (!exposed.every(isExposed)) wider.push(`${method} ${request}: ${exposed}`)
          }
          for (const asks of ['GET', 'PUT']) {
            const answer = answerUnder(policy, { path, origin, asks, headers: 'x-one' })
            if (!lets(answer, asks, 'x-one')) continue
            const grants = model(host, path, asks)
            const isSource = grants.every(
              grant =>
                grant?.allows(origin) === true &&
                ['GET', 'HEAD', 'POST', ...grant.methods].some(
                  own => own === asks || grant.methods.includes('*'),
                ) &&
                grant.headers.some(own => own === '*' || own.toLowerCase() === 'x-one'),
            )
            if (!isSource) wider.push(`preflight ${asks} ${request}`)
          }
        }
      }
    }
  }
  return { wider, missing, granted }
}

const holdsFor = (hosts: readonly string[], host: string) =>
  hosts.length === 0 ||
  hosts.some(own => own === host || (own.startsWith('*.') && host.endsWith(own.slice(1))))

const lets = (
  answer: {
    readonly origin: string | undefined
    readonly methods: string | undefined
    readonly headers: string | undefined
  },
  method: string,
  header: string,
) => {
  const has = (list: string | undefined, name: string) =>
    (list ?? '').split(', ').some(own => own === '*' || own.toLowerCase() === name.toLowerCase())
  const isMethod = ['GET', 'HEAD', 'POST'].includes(method) || has(answer.methods, method)
  return answer.origin !== undefined && isMethod && has(answer.headers, header)
}

// ---- HTTPRoute

interface DrawnMatch {
  readonly type: string
  readonly value: string
  readonly method: string | undefined
}

interface DrawnRule {
  readonly matches: readonly DrawnMatch[]
  readonly cors: object | undefined
  readonly grant: Grant | undefined
}

interface DrawnRoute {
  readonly hostnames: readonly string[]
  readonly rules: readonly DrawnRule[]
}

function drawCors({ pick, some, chance }: Picker): Pick<DrawnRule, 'cors' | 'grant'> {
  if (chance(0.35)) return { cors: undefined, grant: undefined }
  const allowOrigins = pick<string[]>([app], [app, 'https://*.apps.example.test'], ['*'], [])
  const allowMethods = pick<string[]>([], ['GET', 'PUT'], ['*'], ['POST'])
  const allowHeaders = pick<string[]>([], ['X-One'], ['*'])
  const exposeHeaders = some('ETag', 'X-Two')
  const allowCredentials = chance(0.5)
  return {
    cors: { allowOrigins, allowMethods, allowHeaders, exposeHeaders, allowCredentials },
    grant: {
      allows: origin =>
        allowOrigins.some(
          own =>
            own === '*' ||
            own === origin ||
            (own.includes('*.') && origin.endsWith('.apps.example.test')),
        ),
      credentials: allowCredentials && !allowOrigins.includes('*'),
      methods: allowMethods,
      headers: allowHeaders,
      exposed: exposeHeaders,
    },
  }
}

function drawRoutes(random: Random, isPlain: boolean): readonly DrawnRoute[] {
  const draw = picker(random)
  const { pick, some, chance, times } = draw
  const types = isPlain
    ? ['PathPrefix']
    : ['PathPrefix', 'PathPrefix', 'PathPrefix', 'Exact', 'RegularExpression']
  const match = (): DrawnMatch => {
    const type = pick(...types)
    const value =
      type === 'RegularExpression'
        ? pick('/a(/.*)?', '/a.*', '/[ab]/x', '/a/b', '.*', '/(a|c)', '/ab?')
        : pick('/', '/a', '/a/b', '/ab', '/a/', '/c')
    return { type, value, method: !isPlain && chance(0.2) ? pick('GET', 'PUT') : undefined }
  }
  return times(isPlain ? 1 : 3, () => ({
    hostnames: isPlain
      ? []
      : chance(0.5)
        ? []
        : some('one.test', 'two.test', '*.wide.test', 'sub.wide.test'),
    rules: times(3, () => ({ matches: chance(0.15) ? [] : times(2, match), ...drawCors(draw) })),
  }))
}

const routeText = (routes: readonly DrawnRoute[]) =>
  routes
    .map(({ hostnames, rules }, at) =>
      JSON.stringify({
        kind: 'HTTPRoute',
        metadata: { name: `r${at}` },
        spec: {
          ...(hostnames.length > 0 ? { hostnames } : {}),
          rules: rules.map(({ matches, cors }) => ({
            ...(matches.length > 0
              ? {
                  matches: matches.map(({ type, value, method }) => ({
                    path: { type, value },
                    ...(method ? { method } : {}),
                  })),
                }
              : {}),
            ...(cors === undefined ? {} : { filters: [{ type: 'CORS', cors }] }),
          })),
        },
      }),
    )
    .join('\n---\n')

/** The precedence of the Gateway API; where it is left open, both ways. */
const routeModel =
  (routes: readonly DrawnRoute[]): Model =>
  (host, path, method) =>
    [0.5, 1e6].map(rankOfExpression => {
      const found = routes.flatMap(({ hostnames, rules }) =>
        (hostnames.length > 0 ? hostnames : ['']).flatMap(name => {
          const isHost =
            name === '' || name === host || (name.startsWith('*.') && host.endsWith(name.slice(1)))
          if (!isHost) return []
          const hostRank = name === host ? 1000 + name.length : name.length
          return rules.flatMap(({ matches, grant }) =>
            (matches.length > 0 ? matches : [{ type: 'PathPrefix', value: '/', method: undefined }])
              .filter(match => isMatch(match, path, method))
              .map(match => ({
                grant,
                rank: [hostRank, pathRank(match, rankOfExpression), match.method ? 1 : 0],
              })),
          )
        }),
      )
      return found.toSorted((a, b) => compare(b.rank, a.rank))[0]?.grant
    })

function isMatch({ type, value, method }: DrawnMatch, path: string, asked: string) {
  if (method !== undefined && method !== asked) return false
  if (type === 'Exact') return path === value
  if (type === 'RegularExpression') return new RegExp(`^(?:${value})$`).test(path)
  const prefix = value.replace(/\/$/, '')
  return path === prefix || path.startsWith(`${prefix}/`)
}

const pathRank = ({ type, value }: DrawnMatch, expression: number) =>
  type === 'Exact'
    ? 1e9
    : type === 'RegularExpression'
      ? expression
      : value.replace(/(.)\/$/, '$1').length

const compare = (a: readonly number[], b: readonly number[]) =>
  a.map((rank, at) => rank - (b[at] ?? 0)).find(difference => difference !== 0) ?? 0

// ---- Ingress of ingress-nginx

interface DrawnIngress {
  readonly annotations: Record<string, string>
  readonly grant: Grant | undefined
  readonly rules: readonly { readonly host: string; readonly paths: readonly DrawnMatch[] }[]
}

function drawIngresses(random: Random): readonly DrawnIngress[] {
  const { pick, some, chance, times } = picker(random)
  return times(3, () => {
    const enabled = pick('true', 'true', 'true', 'false', undefined)
    const origin = pick(app, `${app}, https://*.apps.example.test`, '*', undefined)
    const credentials = pick('true', 'false', undefined)
    const methods = pick('GET, PUT', '*', undefined)
    const headers = pick('X-One', undefined)
    const expose = some('ETag', 'X-Two')
    const annotations = Object.fromEntries(
      Object.entries({
        'enable-cors': enabled,
        'cors-allow-origin': origin,
        'cors-allow-credentials': credentials,
        'cors-allow-methods': methods,
        'cors-allow-headers': headers,
        'cors-expose-headers': expose.join(', ') || undefined,
        'use-regex': chance(0.15) ? 'true' : undefined,
        'rewrite-target': chance(0.1) ? '/$2' : undefined,
      }).flatMap(([name, value]) =>
        value === undefined ? [] : [[`nginx.ingress.kubernetes.io/${name}`, value]],
      ),
    )
    const allowed = (origin ?? '*').split(', ')
    const grant: Grant | undefined =
      enabled === 'true'
        ? {
            allows: asked =>
              allowed.some(
                own =>
                  own === '*' ||
                  own === asked ||
                  (own.includes('*.') && /^https:\/\/[a-z]+\.apps\.example\.test$/.test(asked)),
              ),
            credentials: credentials !== 'false' && !allowed.includes('*'),
            methods:
              methods === 'GET, PUT'
                ? ['GET', 'PUT']
                : ['GET', 'PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS'],
            headers: (headers ?? 'User-Agent').split(', '),
            exposed: expose,
          }
        : undefined
    const isExpression = chance(0.2)
    const path = (): DrawnMatch => ({
      type: isExpression
        ? 'ImplementationSpecific'
        : pick('Prefix', 'Exact', 'ImplementationSpecific'),
      value: isExpression
        ? pick('/a(/|$)(.*)', '/[ab]/x', '/.*')
        : pick('/', '/a', '/a/b', '/ab', '/c'),
      method: undefined,
    })
    const more = isExpression ? { 'nginx.ingress.kubernetes.io/use-regex': 'true' } : {}
    return {
      annotations: { ...annotations, ...more },
      grant,
      rules: times(2, () => ({
        host: pick('', 'one.test', 'two.test', '*.wide.test'),
        paths: times(2, path),
      })),
    }
  })
}

const ingressText = (ingresses: readonly DrawnIngress[]) =>
  ingresses
    .map(({ annotations, rules }, at) =>
      JSON.stringify({
        kind: 'Ingress',
        metadata: { name: `i${at}`, annotations },
        spec: {
          rules: rules.map(({ host, paths }) => ({
            ...(host === '' ? {} : { host }),
            http: { paths: paths.map(({ type, value }) => ({ path: value, pathType: type })) },
          })),
        },
      }),
    )
    .join('\n---\n')

/** The server and location that nginx chooses. Two equal locations: either of them. */
const ingressModel =
  (ingresses: readonly DrawnIngress[]): Model =>
  (host, path) => {
    const all = ingresses.flatMap(({ annotations, grant, rules }) =>
      rules.flatMap(({ host, paths }) =>
        paths.map(match => ({
          host,
          grant,
          ...match,
          usesExpressions: Object.keys(annotations).some(name =>
            /use-regex|rewrite-target/.test(name),
          ),
        })),
      ),
    )
    const servers = [host, `*.${host.split('.').slice(-2).join('.')}`, '']
    const server = servers.find(name => all.some(location => location.host === name))
    const here = all.filter(location => location.host === server)
    const isExpressions = here.some(({ usesExpressions }) => usesExpressions)
    const matching = here.filter(({ type, value }) => {
      if (isExpressions) return new RegExp(`^${value}`, 'i').test(path)
      if (type === 'Exact') return path === value
      if (type === 'Prefix') return isMatch({ type, value, method: undefined }, path, '')
      return path.startsWith(value)
    })
    const rank = ({ type, value }: DrawnMatch) =>
      (type === 'Exact' && !isExpressions ? 1000 : 0) +
      value.length * 2 +
      (type === 'Prefix' ? 1 : 0)
    const best = Math.max(...matching.map(rank))
    const chosen = matching.filter(location => rank(location) === best)
    return chosen.length > 0 ? chosen.map(({ grant }) => grant) : [undefined]
  }

for (const [what, draw] of [
  [
    'routes of any kind',
    (random: Random) => {
      const routes = drawRoutes(random, false)
      return { text: routeText(routes), model: routeModel(routes), isExact: false }
    },
  ],
  [
    'a route that goes by prefixes alone, which is also never narrower',
    (random: Random) => {
      const routes = drawRoutes(random, true)
      return { text: routeText(routes), model: routeModel(routes), isExact: true }
    },
  ],
  [
    'ingresses',
    (random: Random) => {
      const ingresses = drawIngresses(random)
      return { text: ingressText(ingresses), model: ingressModel(ingresses), isExact: false }
    },
  ],
] as const) {
  t.test(`what is imported is never wider than its source: ${what}`, async t => {
    t.comment(`seed ${seed}: set IMPORT_SEED to it to see the same run again`)
    const random = seededRandom(seed)
    let granted = 0
    for (let drawn = 0; drawn < sources; drawn++) {
      const { text, model, isExact } = draw(random)
      const found = await asked(text, model)
      granted += found.granted
      const wrong = isExact
        ? [...found.wider, ...found.missing.map(one => `missing: ${one}`)]
        : found.wider
      if (wrong.length > 0) {
        t.fail(`${wrong.slice(0, 5).join('\n')}\nof ${text}`)
        break
      }
    }
    t.ok(granted > 500, `${granted} grants were held against the source`)
  })
}

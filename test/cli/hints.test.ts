// A hint, appended to the command that is running, starts, allows the request, and takes nothing away.
import t from 'tap'
import { readCommandLine } from '../../src/cli/command-line.js'
import { commands, startCommand } from '../../src/cli/commands.js'
import { type Loaded, loadSettings } from '../../src/config/load.js'
import { hintFor } from '../../src/observe/hint.js'
import { decide } from '../../src/policy/decide.js'
import type { PolicyRequest } from '../../src/policy/decision.js'
import { wholeAdvice } from '../../src/policy/missing.js'
import { servedHosts } from '../../src/serve/serving.js'

t.setTimeout(120_000)

interface Program {
  readonly words: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

async function load({ words, env }: Program) {
  const { flags, arguments: positional } = readCommandLine(words, commands, startCommand)
  return loadSettings({ flags, arguments: positional, env, cwd: '/', isTerminal: false })
}

/** As a shell cuts it: blanks outside quotes part words. */
function wordsOf(text: string): string[] {
  return [...text.matchAll(/(?:'[^']*'|[^\s'])+/g)].map(([word]) => word.replaceAll("'", ''))
}

/** The same on every run. */
function drawer(seed: number) {
  let state = seed
  const below = (limit: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
  return {
    below,
    one: <T>(all: readonly T[]): T => all[below(all.length)] as T,
    some: <T>(all: readonly T[], most: number): T[] =>
      Array.from({ length: below(most + 1) }, () => all[below(all.length)] as T),
  }
}

const origins = [
  ...['http://localhost:3000', 'https://shop.example.com', 'https://*.example.org', 'loopback'],
  'https://b.example.com:8443',
]
const asking = [
  ...['http://localhost:3000', 'https://shop.example.com', 'https://x.example.org', 'null'],
  ...['https://new.example.com', 'http://plain.example.com', 'http://localhost:5173', 'app://x'],
  ...['https://Shop.example.com', "https://a'b.example"],
]
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'QUERY', 'PURGE', '*']
const askedMethods = ['GET', 'PUT', 'PATCH', 'PURGE', 'patch', 'TRACE', 'QUERY', 'CHICKEN']
const headers = ['content-type', 'authorization', 'x-debug', 'x-trace', 'x-amz-*', '*']
const askedHeaders = [
  ...['content-type', 'authorization', 'x-debug', 'x-trace', 'x-amz-date', 'accept-version'],
  ...['host', 'x`id`', 'access-control-x'],
]

function drawProgram({ below, one, some }: ReturnType<typeof drawer>): Program {
  const words = ['http://localhost:5000']
  const env: Record<string, string> = {}
  const set = (flag: string, items: readonly string[]) => {
    if (items.length === 0) return
    const how = below(4)
    const singular = flag.replace(/s$/, '')
    if (how === 0) for (const item of items) words.push(`--${singular}`, item)
    else if (how === 1 || items.some(item => item.includes(','))) {
      for (const item of items) words.push(`--${singular}=${item}`)
    } else if (how === 2) words.push(`--${flag}`, items.join(','))
    else env[`CORS_SIDECAR_${flag.replaceAll('-', '_').toUpperCase()}`] = items.join(',')
  }
  set('allow-origins', below(5) === 0 ? ['*'] : [one(origins), ...some(origins, 3)])
  set('allow-methods', some(methods, 4))
  set('allow-headers', some(headers, 4))
  if (below(4) === 0) set('allow-hosts', some(['api.example.com', '*.example.com', 'localhost'], 2))
  if (below(4) === 0) words.push(`--on-disallowed=${one(['block', 'public', 'omit'])}`)
  if (below(5) === 0) words.push('--no-allow-credentials')
  if (below(5) === 0) words.push('--strict')
  return { words, env }
}

function drawRequest({ below, one, some }: ReturnType<typeof drawer>): PolicyRequest {
  const isPreflight = below(4) > 0
  const requested = [...new Set(some(askedHeaders, 4))]
  return {
    method: isPreflight ? 'OPTIONS' : 'GET',
    target: '/things',
    origin: one(asking),
    requestMethod: isPreflight ? one(askedMethods) : undefined,
    requestHeaders: isPreflight && requested.length > 0 ? requested.sort().join(',') : undefined,
    requestPrivateNetwork: undefined,
    secFetchSite: undefined,
    host: one(['localhost:8010', 'localhost:8010', '127.0.0.1', 'api.example.com', 'evil.test']),
    scheme: 'http',
    isUpgrade: !isPreflight && below(4) === 0,
    rawHeaders: [],
  }
}

const judge = ({ policies, settings }: Loaded, request: PolicyRequest) =>
  decide(policies, { ...request, isForeignHost: !servedHosts(settings)(request.host ?? '') })

t.test('a hint can be appended as it stands', async t => {
  const draw = drawer(20_261_128)
  let hinted = 0
  let unhinted = 0
  for (let round = 0; round < 80; round++) {
    const program = drawProgram(draw)
    const running = await load(program)
    if (!running.ok) continue
    const requests = Array.from({ length: 12 }, () => drawRequest(draw))
    const passed = requests.filter(request => judge(running, request).verdict !== 'refused')
    const seen = new Set<string>()
    for (const request of requests) {
      const decision = judge(running, request)
      if (decision.verdict !== 'refused') continue
      const advice = wholeAdvice(decision, request)
      if (advice?.fix === undefined) {
        unhinted++
        continue
      }
      const hint = hintFor(advice.fix, decision.policy)
      const isHost = decision.reason === 'host-not-allowed'
      const once = `${hint} ${isHost}`
      if (seen.has(once)) continue
      seen.add(once)
      const what = JSON.stringify({ program, request, hint })
      const next = await load({ ...program, words: [...program.words, ...wordsOf(hint)] })
      if (!next.ok) {
        t.fail(`${next.problems.map(({ reason }) => reason).join()} ${what}`)
        continue
      }
      hinted++
      const now = judge(next, request)
      // Behind the name of the host stands the policy, which is told of next.
      if (isHost) t.not(now.reason, 'host-not-allowed', what)
      else t.not(now.verdict, 'refused', `${now.reason} ${now.subject} ${what}`)
      const lost = passed.find(one => judge(next, one).verdict === 'refused')
      t.equal(lost, undefined, `still allowed ${what}`)
    }
  }
  t.ok(hinted > 100, `${hinted} hints were followed`)
  t.ok(unhinted > 50, `${unhinted} refusals have none`)
})

t.test('an entry that a list would be split at has a flag to itself', async t => {
  const expression = '/https:\\/\\/[a-z]{1,8}\\.preview\\.example\\.net/'
  const running = await load({
    words: ['http://localhost:5000', '--allow-origin', expression],
    env: {},
  })
  if (!running.ok) throw new Error('it does not start')
  const origin = 'https://new.example.com'
  const request = { ...drawRequest(drawer(1)), method: 'GET', origin, host: 'localhost' }
  const decision = judge(running, { ...request, isUpgrade: false })
  const fix = wholeAdvice(decision, request)?.fix
  t.equal(
    fix && hintFor(fix, decision.policy),
    `--allow-origin='${expression}' --allow-origin=${origin}`,
  )
})

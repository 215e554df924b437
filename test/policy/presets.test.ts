// What presets add, and to which lists.
import t from 'tap'
import { checkRequestHeader } from '../../src/config/check-names.js'
import { loadSettings } from '../../src/config/load.js'
import { decide } from '../../src/policy/decide.js'
import { isWorthExposing } from '../../src/policy/expose-headers.js'
import { writtenNames } from '../../src/policy/name-list.js'
import type { PolicySettings } from '../../src/policy/policy.js'
import { type PresetName, presetNamed, presets } from '../../src/policy/presets.js'
import { actual, evil, policy, preflight } from './shop.js'

const names = Object.keys(presets) as PresetName[]

/** Of each protocol, what a page sends and what it reads. */
const uses: Readonly<Record<PresetName, readonly [sends: string, reads: string]>> = {
  mcp: [
    'authorization,content-type,last-event-id,mcp-method,mcp-name,mcp-param-region,mcp-protocol-version,mcp-session-id',
    'www-authenticate',
  ],
  openai: ['authorization,content-type,x-stainless-lang,x-stainless-retry-count', 'x-request-id'],
  tracing: ['baggage,sentry-trace,traceparent,tracestate', 'server-timing'],
  's3-upload': ['content-type,x-amz-content-sha256,x-amz-date', 'etag'],
  tus: ['tus-resumable,upload-length,upload-metadata,upload-offset', 'location'],
  'grpc-web': ['content-type,x-grpc-web,x-user-agent', 'grpc-status'],
}

t.test('a preset is dated, has sources, and names only what pages can send and read', async t => {
  for (const name of names) {
    const { date, sources, allowHeaders, exposeHeaders } = presetNamed(name)
    t.match(date, /^20\d\d-\d\d-\d\d$/)
    t.ok(sources.length > 0 && sources.every(source => URL.canParse(source)), name)
    for (const header of allowHeaders) t.equal(checkRequestHeader(header), undefined, header)
    for (const header of exposeHeaders) t.ok(isWorthExposing(header.replace('*', 'x')), header)
    for (const list of [allowHeaders, exposeHeaders]) t.strictSame(list, [...list].sort(), name)
  }
})

t.test('each lets its protocol through a list that names other headers', async t => {
  for (const name of names) {
    const [requestHeaders, reads] = uses[name]
    const request = preflight({ requestMethod: 'POST', requestHeaders })
    const listed = { allowHeaders: ['x-own'], exposeHeaders: ['x-own'] }
    t.equal(decide(policy(listed), request).reason, 'header-not-allowed', `${name}, without`)
    const { global } = policy({ ...listed, preset: [name] })
    t.equal(decide(policy({ ...listed, preset: [name] }), request).reason, 'origin-exact', name)
    t.ok(writtenNames(global.named.exposeHeaders).includes(reads), reads)
    t.ok(writtenNames(global.named.headers).includes('x-own'), 'what was listed stays')
  }
})

const listsOf = (settings: Partial<PolicySettings>) => {
  const { named, everybody } = policy({
    allowHeaders: undefined,
    exposeHeaders: undefined,
    ...settings,
  }).global
  return [named.headers, named.exposeHeaders, everybody.headers, everybody.exposeHeaders].map(
    list => writtenNames(list).join(),
  )
}

t.test('a list that holds everything stays as it is', async t => {
  const [sent, read] = listsOf({})
  t.strictSame(listsOf({ preset: ['tus'] }).slice(0, 2), [sent, read])
  const star = { allowHeaders: ['*'], exposeHeaders: ['*'] }
  t.strictSame(listsOf({ ...star, preset: names }), listsOf(star))
  const [, , everybody, exposed] = listsOf({ preset: ['tracing'] })
  t.match(everybody, 'authorization,b3,baggage,content-type', 'what strangers may send is named')
  t.equal(exposed, 'server-timing,traceresponse')
})

t.test('mcp answers origins that are not listed with 403, for its paths alone', async t => {
  const stranger = actual({ origin: evil })
  const at = (settings: Partial<PolicySettings>, target: string) =>
    decide(policy(settings), { ...stranger, target }).action
  t.equal(at({ preset: ['mcp'] }, '/mcp'), 'block')
  const paths = [{ match: '/mcp', preset: ['mcp'] as const }]
  t.equal(at({ paths }, '/mcp'), 'block')
  t.equal(at({ paths }, '/other'), 'forward')
  t.equal(at({ preset: ['tus'] }, '/'), 'forward', 'no other preset does')
})

const load = (flags: Record<string, string[]>, now: number) =>
  loadSettings({
    flags,
    arguments: ['http://127.0.0.1:5000'],
    env: {},
    cwd: '/',
    isTerminal: false,
    read: () => ({ failure: 'not found' }),
    now,
  })

t.test('a preset that nobody has looked at for a year is told, and stops no start', async t => {
  const flags = { preset: ['mcp,tus'], strict: ['true'], 'allow-origins': ['https://a.example'] }
  const date = Date.parse(presets.mcp.date)
  const day = 24 * 60 * 60_000
  const told = async (now: number) => {
    const { ok, problems } = await load(flags, now)
    t.ok(ok)
    return problems.filter(({ code }) => code === 'preset-old')
  }
  t.strictSame(await told(date + 365 * day), [])
  t.match(await told(date + 366 * day), [
    { name: '--preset', item: 'mcp', severity: 'info', advice: /modelcontextprotocol\.io/ },
    { item: 'tus' },
  ])
})

t.test('mcp and public do not go together', async t => {
  const flags = { preset: ['mcp'], 'on-disallowed': ['public'] }
  const { ok, problems } = await load(flags, 0)
  t.notOk(ok)
  t.match(problems, [{ name: '--on-disallowed', code: 'conflict' }])
  t.ok((await load({ ...flags, preset: ['tus'] }, 0)).ok)
})

// Every case of test/cases/raw-requests.json: hostile or unusual bytes from one client socket.

import t, { type Test } from 'tap'
import { readCases } from '../support/cases.js'
import { exchange, openRawClient, type RawClient } from '../support/raw-client.js'
import { type RawUpstream, startRawUpstream } from '../support/raw-upstream.js'
import { type SidecarProcess, startSidecar } from '../support/sidecar-process.js'
import { type HttpMessage, headerOf, statusOf, valuesOf } from '../support/strict-http.js'

interface RawRequestCase {
  readonly id: string
  readonly bytes: string
  readonly expect: string
  readonly why: string
  readonly check: {
    readonly outcome: string
    readonly status?: string
    readonly headersPresent?: readonly string[]
    readonly headersAbsent?: readonly string[]
  }
  readonly alsoAccept?: string
  readonly mayHaveStarted?: boolean
}

/** What one case left behind, on both sides. */
interface Seen {
  readonly t: Test
  readonly client: RawClient
  readonly responses: readonly HttpMessage[]
  readonly upstream: RawUpstream
  readonly sidecar: SidecarProcess
}

const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n'

/** What the prose of a case asks beyond its outcome. */
const details: Readonly<Record<string, (seen: Seen) => void>> = {
  r016: seen => {
    forwardedBody(seen, 'abc')
    forwardedHeader(seen, 'content-length', '3')
  },
  r035: seen => forwardedBody(seen, 'a'),
  r036: seen => forwardedBody(seen, smuggled),
  r037: seen => forwardedBody(seen, smuggled),
  r056: seen => {
    forwardedBody(seen, 'a')
    for (const name of ['origin', 'authorization']) forwardedHeader(seen, name, undefined)
    grant(seen, undefined)
  },
  r103: seen => grant(seen, 'https://app.example.com'),
  r104: seen => forwardedBody(seen, 'abc'),
  r105: seen => forwardedBody(seen, 'a'),
  r106: seen => forwardedHeader(seen, 'host', 'api.test'),
  r112: seen => forwardedHeader(seen, 'trailer', undefined),
  r114: seen => {
    forwardedHeader(seen, '__proto__', 'x')
    forwardedHeader(seen, 'constructor', 'y')
    forwardedHeader(seen, 'tostring', 'z')
  },
  r115: seen => grant(seen, undefined),
  r118: seen => forwardedBody(seen, 'hi'),
  r120: seen => forwardedBody(seen, smuggled),
  r121: ({ t, responses }) => {
    t.equal(responses[0]?.body.length, 0, 'no body after HEAD')
  },
  r122: seen => {
    seen.t.ok(headerOf(forwarded(seen), 'host'), 'a Host was added')
    seen.t.equal(seen.client.ending(), 'fin', 'closed after the answer')
  },
  r125: seen => {
    grant(seen, undefined)
    seen.t.match(headerOf(answered(seen), 'vary'), /\borigin\b/i, 'Vary')
  },
  r126: ({ t, responses }) => {
    t.equal(responses.length, 1, 'one response')
  },
  r127: ({ t, responses }) => {
    t.equal(responses.length, 1, 'one response')
  },
  r129: seen => grant(seen, undefined),
  r130: seen => grant(seen, undefined),
  r132: seen => grant(seen, undefined),
  r134: seen => grant(seen, undefined),
  r136: seen => grant(seen, 'https://app.example.com'),
  r137: ({ t, sidecar }) => {
    t.strictSame(
      sidecar.logs.filter(line => 'notJson' in line),
      [],
      'every log line is one line of JSON',
    )
  },
  r139: ({ t, responses, upstream }) => {
    t.strictSame(
      upstream.requests.map(({ target }) => target),
      ['/g', '/h'],
      'both requests arrived, in order',
    )
    t.equal(responses.length, 2, 'two answers')
  },
}

/** The one choice where a case leaves two: what this program does. */
const chosen: Readonly<Record<string, { outcome: string; because: string }>> = {
  r034: { outcome: 'forwarded', because: 'the twin is stripped, the rest is a good request' },
  r056: { outcome: 'rejected', because: "Node's parser refuses a length among the trailers" },
  r083: { outcome: 'forwarded', because: "Node's parser takes both for one separator" },
  r093: { outcome: 'rejected', because: 'absolute form is accepted for our own Host only' },
  r098: {
    outcome: 'forwarded',
    because: 'without routes the target bytes are kept, as path-backslash expects',
  },
}

t.setTimeout(120_000)
t.test('raw-requests.json', async t => {
  t.setTimeout(120_000)
  const cases = readCases<RawRequestCase>('raw-requests.json')
  t.ok(cases.length >= 85, 'no case was lost')
  const upstream = await startRawUpstream()
  const flags = ['--allow-origin', 'https://app.example.com', '--log-requests', 'all']
  const sidecar = await startSidecar({ upstream: upstream.url, flags })
  // Short limits only where a case waits for them: a slow machine must not trip the others.
  const impatient = await startSidecar({
    upstream: upstream.url,
    flags: [...flags, '--headers-timeout', '1s', '--request-idle-timeout', '1s'],
  })
  t.teardown(async () => {
    await Promise.all([sidecar.stop(), impatient.stop()])
    await upstream.close()
  })
  for (const each of cases) {
    await t.test(`${each.id}: ${each.why}`, async t => {
      const target = each.check.outcome === 'timeout' ? impatient : sidecar
      upstream.play(okScript)
      const client = await openRawClient({ port: target.port, methodOf: n => methodOf(each, n) })
      try {
        client.write(expand(each.bytes))
        await judge({ t, client, upstream, sidecar: target }, each)
      } finally {
        client.destroy()
      }
      t.strictSame(upstream.problems(), [], 'the upstream was sent strict HTTP')
      t.ok(target.alive, 'the process lives')
      const next = await exchange(target.port, 'GET /next HTTP/1.1\r\nHost: api.test\r\n\r\n')
      t.equal(statusOf(next), 200, 'the next request is served')
    })
  }
})

type Running = Omit<Seen, 'responses'>

async function judge(running: Running, each: RawRequestCase): Promise<void> {
  const { t, client } = running
  const expected = chosen[each.id]?.outcome ?? each.check.outcome
  switch (expected) {
    case 'rejected':
      return await rejected(running, each)
    case 'timeout':
      await client.closed()
      await nothingWhole(running)
      return
    case 'mixed':
      await client.closed()
      t.equal(running.upstream.requests.length, 1, 'the good request was forwarded')
      t.strictSame(client.responses().map(statusOf), [200, 400], 'answered, then refused')
      return
    default:
      await served(running, each, expected)
  }
}

/** RFC 9110, 15.6.2: a method that is not known is no mistake of the client. */
const refusals: Readonly<Record<string, RegExp>> = { r090: /^501$/ }

async function rejected(running: Running, each: RawRequestCase): Promise<void> {
  const { t, client } = running
  const response = await client.response()
  const allowed = each.check.status?.includes('505')
    ? /^(4..|505)$/
    : (refusals[each.id] ?? /^4..$/)
  t.match(String(statusOf(response)), allowed, 'refused')
  await client.closed()
  t.equal(client.responses().length, 1, 'one answer, then the connection is closed')
  await nothingWhole(running)
  const mayHaveStarted = each.mayHaveStarted || each.id === 'r056'
  if (!mayHaveStarted) t.equal(running.upstream.begun.length, 0, 'the upstream was not asked')
}

/** No whole request reached the upstream, and what was begun was aborted. */
async function nothingWhole({ t, upstream }: Running): Promise<void> {
  await upstream.until(
    () =>
      upstream.connections.every(({ reader, gone }) => !reader.partial || gone !== 'no') ||
      undefined,
    'the unfinished request to be aborted',
  )
  t.strictSame(upstream.requests, [], 'no whole request reached the upstream')
}

async function served(running: Running, each: RawRequestCase, outcome: string): Promise<void> {
  const { t, client, upstream } = running
  const count = each.id === 'r139' ? 2 : 1
  await client.response(count - 1)
  if (each.id === 'r122') await client.closed()
  const seen = { ...running, responses: client.responses() }
  const start = /(?:forwarded exactly once as|GET \/g forwarded) ([A-Z]+) ([^ ,;]+)/.exec(
    each.expect,
  )
  if (outcome === 'local') {
    t.strictSame(upstream.begun, [], 'answered here, never forwarded')
    t.match(String(statusOf(answered(seen))), /^(204|403)$/, 'a preflight answer')
  } else if (outcome === 'forwarded-or-local' && upstream.requests.length === 0) {
    t.match(String(statusOf(answered(seen))), /^[24]..$/, 'answered here')
  } else {
    t.equal(upstream.requests.length, count, 'requests that reached the upstream')
    t.strictSame(seen.responses.map(statusOf), Array(count).fill(200), 'final answers')
    if (start && count === 1) {
      const { method, target } = upstream.requests[0] ?? {}
      t.strictSame([method, target], [start[1], start[2]], 'the same method and target bytes')
    }
  }
  for (const name of each.check.headersPresent ?? []) {
    t.ok(headerOf(forwarded(seen), name), `${name} is present`)
  }
  for (const name of each.check.headersAbsent ?? []) forwardedHeader(seen, name, undefined)
  details[each.id]?.(seen)
}

function forwarded({ upstream }: Seen): HttpMessage {
  const message = upstream.requests[0]?.message
  if (!message) throw new Error('nothing was forwarded')
  return message
}

function answered({ responses }: Seen): HttpMessage {
  const message = responses[0]
  if (!message) throw new Error('nothing was answered')
  return message
}

function forwardedBody(seen: Seen, body: string): void {
  seen.t.equal(forwarded(seen).body.toString('latin1'), body, 'the same body')
}

function forwardedHeader(seen: Seen, name: string, value: string | undefined): void {
  seen.t.equal(headerOf(forwarded(seen), name), value, `${name} at the upstream`)
}

function grant(seen: Seen, origin: string | undefined): void {
  const values = valuesOf(answered(seen).headers, 'access-control-allow-origin')
  seen.t.strictSame(values, origin === undefined ? [] : [origin], 'the grant')
}

function methodOf(each: RawRequestCase, n: number): string {
  return n === 0 && each.bytes.startsWith('HEAD ') ? 'HEAD' : 'GET'
}

/** `{{text*N}}` stands for N times text, in which \r and \n are written out. */
function expand(bytes: string): string {
  return bytes.replace(/\{\{(.*?)\*(\d+)\}\}/gs, (_, text: string, times: string) =>
    text.replaceAll('\\r', '\r').replaceAll('\\n', '\n').repeat(Number(times)),
  )
}

const okScript: Parameters<RawUpstream['play']>[0] = ({ head, whenWhole, write }) => {
  const body = head.startLine.startsWith('HEAD ') ? '' : 'ok'
  whenWhole(() => write(`HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n${body}`))
}

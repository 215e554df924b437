// Every http case of test/cases/cors.json against the running program: one process per policy.

import t, { type Test } from 'tap'
import {
  type CaseUpstream,
  type CorsCase,
  fieldLines,
  readCases,
  requestBytes,
  settingsOf,
} from '../support/cases.js'
import { openRawClient, type RawClient } from '../support/raw-client.js'
import { type RawUpstream, type Script, startRawUpstream } from '../support/raw-upstream.js'
import { type SidecarProcess, startSidecar } from '../support/sidecar-process.js'
import { type HttpMessage, headerOf, statusOf, valuesOf } from '../support/strict-http.js'

/** Cases that the program does not pass yet, by id. It may only shrink. */
const notYetCovered: readonly string[] = []

/** Port 1 has no service on any machine that runs tests: a connection to it is refused. */
const refusingUrl = 'http://127.0.0.1:1'

/** Compared as sets: what a browser does with them does not depend on their order. */
const sets: Readonly<Record<string, (text: string) => string>> = {
  'access-control-allow-headers': text => text.toLowerCase(),
  'access-control-expose-headers': text => text.toLowerCase(),
  'access-control-allow-methods': text => text,
  vary: text => text.toLowerCase(),
}

interface Group {
  readonly settings: Record<string, unknown>
  readonly refused: boolean
  readonly cases: CorsCase[]
}

t.setTimeout(300_000)
t.test('cors.json', async t => {
  t.setTimeout(300_000)
  const cases = readCases<CorsCase>('cors.json').filter(({ kind }) => kind === 'http')
  t.ok(cases.length >= 141, 'no case was lost')
  t.strictSame(
    notYetCovered.filter(id => !cases.some(each => each.id === id)),
    [],
    'the list of what is not covered names real cases',
  )
  const upstream = await startRawUpstream()
  t.teardown(() => upstream.close())

  const groups = new Map<string, Group>()
  for (const each of cases) {
    if (notYetCovered.includes(each.id)) continue
    const settings = settingsOf(each.policy)
    const refused = each.upstream?.error === 'ECONNREFUSED'
    const key = JSON.stringify([settings, refused])
    const group = groups.get(key) ?? { settings, refused, cases: [] }
    group.cases.push(each)
    groups.set(key, group)
  }

  const start = (group: Group | undefined) => {
    const started =
      group &&
      startSidecar({
        upstream: group.refused ? refusingUrl : upstream.url,
        config: group.settings,
        flags: ['--debug-headers'],
      })
    started?.catch(() => undefined)
    return started
  }
  // The next process starts while the cases of this one run: two at a time, never more.
  const all = [...groups.values()]
  let next = start(all[0])
  for (const [index, group] of all.entries()) {
    const current = next
    if (!current) break
    const names = JSON.stringify(group.settings).slice(0, 120)
    const sidecar = await current.catch((error: Error) => error)
    next = start(all[index + 1])
    if (sidecar instanceof Error) {
      t.fail(`the policy ${names} does not start`, { error: sidecar.message })
      continue
    }
    for (const each of group.cases) {
      await t.test(`${each.id}: ${each.why}`, t => run(t, each, sidecar, upstream))
    }
    const exit = await sidecar.stop()
    if (exit.code !== 0)
      t.fail(`exit ${exit.code ?? exit.signal} after ${names}`, { stderr: exit.stderr })
  }
})

async function run(t: Test, each: CorsCase, sidecar: SidecarProcess, upstream: RawUpstream) {
  for (let time = 0; time < (each.request.repeat ?? 1); time += 1) {
    upstream.play(scriptOf(each.upstream))
    const client = await openRawClient({
      port: sidecar.port,
      methodOf: () => each.request.method.toUpperCase(),
    })
    try {
      client.write(requestBytes(each.request))
      const response = await receive(each, client, upstream)
      judge(t, each, response, upstream)
      if (each.upstream?.earlyHints) {
        t.equal(client.interim().length, 1, 'the early hints reached the client')
      }
      if (each.expect.aborted) t.equal(response.complete, false, 'the body is cut, not ended')
    } finally {
      client.destroy()
    }
  }
  t.ok(sidecar.alive, 'the process lives')
}

async function receive(each: CorsCase, client: RawClient, upstream: RawUpstream) {
  if (each.expect.status === 101) {
    return client.until(() => client.reader.messages[0], 'the upgrade')
  }
  if (each.upstream?.error !== 'RESET_MIDBODY') return client.response()
  const head = await client.head()
  upstream.connections.at(-1)?.socket.resetAndDestroy()
  await client.closed()
  return client.responses()[0] ?? head
}

function scriptOf(upstream: CaseUpstream | null): Script {
  if (upstream === null)
    return ({ write }) => write('HTTP/1.1 500 Not Expected\r\nContent-Length: 0\r\n\r\n')
  const status = upstream.status ?? 200
  const hints = upstream.earlyHints
    ? ['HTTP/1.1 103 Early Hints', ...fieldLines(upstream.earlyHints), '', ''].join('\r\n')
    : ''
  const lines = [`HTTP/1.1 ${status} Case`, ...fieldLines(upstream.headers ?? {})]
  if (status === 101) lines.push('Connection: Upgrade', 'Upgrade: websocket')
  else if (upstream.error === 'RESET_MIDBODY') lines.push('Content-Length: 100')
  else if (status !== 204 && status !== 304) lines.push('Content-Length: 0')
  const partial = upstream.error === 'RESET_MIDBODY' ? 'part' : ''
  return ({ whenWhole, write }) =>
    whenWhole(() => write(`${hints}${lines.join('\r\n')}\r\n\r\n${partial}`))
}

function judge(t: Test, each: CorsCase, response: HttpMessage, upstream: RawUpstream): void {
  const { expect } = each
  t.equal(statusOf(response), expect.status, 'status')
  for (const [name, value] of Object.entries(expect.headers)) {
    t.strictSame(listOf(name, response), setOf(name, value), name)
  }
  for (const name of expect.absent ?? [])
    t.strictSame(valuesOf(response.headers, name), [], `no ${name}`)
  for (const name of ['access-control-allow-origin', ...(expect.single ?? [])]) {
    t.ok(valuesOf(response.headers, name).length <= 1, `at most one ${name}`)
  }
  const vary = listOf('vary', response)
  for (const name of expect.vary ?? []) t.ok(vary.includes(name.toLowerCase()), `Vary has ${name}`)
  for (const name of expect.varyAbsent ?? [])
    t.notOk(vary.includes(name.toLowerCase()), `Vary lacks ${name}`)
  if (expect.varyExact) t.strictSame(vary, setOf('vary', expect.varyExact.join(',')), 'Vary')
  if (expect.emptyBody) t.equal(response.body.length, 0, 'no body')
  const text = response.body.toString()
  for (const secret of expect.bodyNotContains ?? [])
    t.notMatch(text, secret, 'the body tells nothing')
  if (expect.reason) t.equal(reasonOf(response), expect.reason, 'reason')

  if (each.upstream?.error === 'ECONNREFUSED') return
  t.equal(upstream.requests.length, expect.forwarded ? 1 : 0, 'requests that reached the upstream')
  t.strictSame(upstream.problems(), [], 'the upstream was sent strict HTTP')
  const seen = upstream.requests[0]?.message
  if (!seen) return
  for (const [name, value] of Object.entries(expect.upstreamSees ?? {})) {
    // A case names the upstream by its address, which is sent as Host there; here the client's is.
    const expected: string =
      value === each.policy.target ? `http://${headerOf(seen, 'host')}` : value
    t.equal(headerOf(seen, name), expected, `upstream sees ${name}`)
  }
  for (const name of expect.upstreamSeesAbsent ?? []) {
    t.strictSame(valuesOf(seen.headers, name), [], `upstream does not see ${name}`)
  }
}

function listOf(name: string, response: HttpMessage): string[] {
  return setOf(name, valuesOf(response.headers, name).join(','))
}

function setOf(name: string, value: string): string[] {
  const fold = sets[name.toLowerCase()]
  if (!fold) return [value]
  const items = value.split(',').map(item => fold(item.trim()))
  return [...new Set(items)].filter(item => item !== '').sort()
}

/** A body says it, and an answer without one only to those who asked for debug headers. */
function reasonOf(response: HttpMessage): unknown {
  const body = response.body.toString()
  if (body === '') return headerOf(response, 'x-cors-sidecar')?.replace(/^refused; reason=/u, '')
  try {
    return (JSON.parse(body) as { reason?: unknown }).reason
  } catch {
    return `not JSON: ${body.slice(0, 80)}`
  }
}

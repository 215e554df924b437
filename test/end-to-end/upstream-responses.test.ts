// Every case of test/cases/upstream-responses.json: an upstream that answers with broken or
// hostile bytes. After each one the process lives and the next plain request is served.

import t, { type Test } from 'tap'
import { readCases } from '../support/cases.js'
import { exchange, openRawClient, type RawClient } from '../support/raw-client.js'
import { answer, okAnswer, type RawUpstream, startRawUpstream } from '../support/raw-upstream.js'
import { type SidecarProcess, startSidecar } from '../support/sidecar-process.js'
import { type HttpMessage, headerOf, statusOf, valuesOf } from '../support/strict-http.js'

interface UpstreamResponseCase {
  readonly id: string
  readonly bytes: string
  readonly expect: string
  readonly why: string
}

interface Running {
  readonly t: Test
  readonly client: RawClient
  readonly upstream: RawUpstream
  readonly sidecar: SidecarProcess
}

type Judge = (running: Running) => Promise<void>

const origin = 'https://app.example.com'
const plain = `GET /p HTTP/1.1\r\nHost: api.test\r\nOrigin: ${origin}\r\n\r\n`

const judges: Readonly<Record<string, Judge>> = {
  u001: badGateway,
  u002: badGateway,
  u003: async ({ t, client }) => {
    const response = await client.response()
    t.match(String(statusOf(response)), /^(999|502)$/, 'passed on or refused')
  },
  u004: async ({ t, client }) => {
    const response = await client.response()
    t.equal(response.startLine, 'HTTP/1.1 200 O K', 'the byte is a blank')
  },
  u006: async ({ t, client }) => {
    const response = await client.response()
    t.equal(response.body.toString(), 'ok', 'the body')
    const promised = valuesOf(response.headers, 'trailer').length > 0
    t.equal(response.trailers.length > 0, promised, 'trailers are promised and sent, or neither')
  },
  u007: async ({ t, client }) => {
    const response = await client.response()
    t.strictSame([statusOf(response), headerOf(response, 'x-a')], [200, 'a b'])
  },
  u009: badGateway,
  u010: cutShort,
  u012: cutShort,
  u013: async running => {
    await running.client.until(
      () => running.client.ending() ?? running.client.responses()[0],
      'an end',
    )
    const response = running.client.responses()[0]
    if (response) running.t.equal(statusOf(response), 502, 'refused')
    else running.t.equal(running.client.reader.partial?.complete ?? false, false, 'cut, not ended')
  },
  u014: badGateway,
  u017: async ({ t, client, upstream, sidecar }) => {
    const first = await client.response()
    t.equal(first.body.toString(), 'ok', 'the first client gets its own answer')
    client.write(plain)
    const second = await client.response(1)
    t.equal(second.body.toString(), 'ok', 'and so does the next request on its connection')
    const other = await exchange(sidecar.port, plain)
    t.equal(other.body.toString(), 'ok', 'nobody gets the surplus answer')
    t.equal(upstream.connections.length, 3, 'a connection with surplus bytes is not used again')
  },
  u018: async ({ t, client }) => {
    const response = await client.response()
    t.strictSame([statusOf(response), headerOf(response, 'x-a')], [200, 'a'.repeat(20_000)])
  },
  u020: async ({ t, client }) => {
    const response = await client.response()
    t.equal(statusOf(response), 200, 'served')
    t.strictSame(
      valuesOf(response.headers, 'set-cookie'),
      [],
      'what Connection names is for one hop',
    )
    t.notMatch(
      headerOf(response, 'connection') ?? '',
      /close|set-cookie/,
      'nor is Connection itself relayed',
    )
    t.equal(client.ending(), undefined, 'the client keeps its connection')
  },
  u022: async ({ t, client, upstream }) => {
    const response = await client.response()
    t.equal(statusOf(response), 304, 'status')
    await upstream.until(
      () => upstream.connections.every(({ gone }) => gone !== 'no') || undefined,
      'the upstream connection to be dropped',
    )
    client.write(plain)
    t.equal(statusOf(await client.response(1)), 304, 'no stray byte before the next answer')
  },
  u024: async running => {
    const response = await running.client.response()
    running.t.equal(statusOf(response), 504, 'the limit is for the whole head, not for each byte')
    readable(running, response)
  },
}

/** 502, or the connection closed before a head was sent; and a page can read it. */
async function badGateway(running: Running): Promise<void> {
  const response = await running.client.response()
  running.t.equal(statusOf(response), 502, 'status')
  readable(running, response)
}

/** The head was sent already: the client must see that the body is incomplete. */
async function cutShort({ t, client }: Running): Promise<void> {
  await client.closed()
  t.strictSame(client.responses(), [], 'no whole response')
  t.equal(client.reader.partial?.body.toString(), 'ok', 'what came before, and nothing after it')
}

function readable({ t }: Running, response: HttpMessage): void {
  t.strictSame(
    valuesOf(response.headers, 'access-control-allow-origin'),
    [origin],
    'the page may read it',
  )
  t.match(JSON.parse(response.body.toString()), { error: String, message: String, id: String })
}

t.setTimeout(120_000)
t.test('upstream-responses.json', async t => {
  t.setTimeout(120_000)
  const cases = readCases<UpstreamResponseCase>('upstream-responses.json')
  t.strictSame(
    Object.keys(judges),
    cases.map(({ id }) => id),
    'every case has its judge',
  )
  const upstream = await startRawUpstream()
  const flags = ['--allow-origin', origin]
  const sidecar = await startSidecar({ upstream: upstream.url, flags })
  const impatient = await startSidecar({
    upstream: upstream.url,
    flags: [...flags, '--upstream-timeout', '1s'],
  })
  t.teardown(async () => {
    await Promise.all([sidecar.stop(), impatient.stop()])
    await upstream.close()
  })

  for (const each of cases) {
    await t.test(`${each.id}: ${each.why}`, async t => {
      const target = each.id === 'u024' ? impatient : sidecar
      upstream.play(scriptOf(each))
      const client = await openRawClient({ port: target.port })
      try {
        client.write(plain)
        if (/^<(FIN|RST) after>/.test(each.bytes)) {
          // The end must not overtake the bytes before it.
          await client.until(() => client.reader.partial?.body.length || undefined, 'the part body')
          const socket = upstream.connections.at(-1)?.socket
          if (each.bytes.startsWith('<RST')) socket?.resetAndDestroy()
          else socket?.end()
        }
        await judges[each.id]?.({ t, client, upstream, sidecar: target })
      } finally {
        client.destroy()
      }
      t.ok(target.alive, 'the process lives')
      upstream.play(answer(okAnswer))
      const next = await exchange(target.port, plain)
      t.strictSame(
        [statusOf(next), next.body.toString()],
        [200, 'ok'],
        'the next request is served',
      )
    })
  }

  await t.test('a second answer that comes later, while the connection is idle', async t => {
    upstream.play(answer(okAnswer))
    await exchange(sidecar.port, plain)
    const connection = upstream.connections.at(-1)
    connection?.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nPOISON')
    await upstream.until(() => (connection?.gone === 'no' ? undefined : true), 'it to be dropped')
    const next = await exchange(sidecar.port, plain)
    t.equal(next.body.toString(), 'ok', 'nobody gets the surplus answer')
  })
})

function scriptOf(each: UpstreamResponseCase): Parameters<RawUpstream['play']>[0] {
  if (each.id === 'u024') return endlessHead
  const bytes = each.bytes
    .replace(/^<(FIN|RST) after>/, '')
    .replace(/\{\{(.)\*(\d+)\}\}/g, (_, text: string, times: string) => text.repeat(Number(times)))
  return answer(bytes)
}

/** One header byte at a time, well inside any limit between bytes. */
function endlessHead({
  write,
  connection,
}: Parameters<Parameters<RawUpstream['play']>[0]>[0]): void {
  write('HTTP/1.1 200 OK\r\nX-Slow: ')
  const drip = setInterval(() => write('a'), 100)
  connection.socket.once('close', () => clearInterval(drip))
}

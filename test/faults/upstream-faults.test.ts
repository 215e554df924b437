// An upstream that is away, hangs, comes back, breaks off or sits behind a bad network. What becomes
// of a kept connection that dies between two requests is in test/end-to-end/connections.test.ts.

import t, { type Test } from 'tap'
import { startFaultProxy } from '../support/fault-proxy.js'
import { pageOrigin } from '../support/forwarding-scene.js'
import { canSeeHandshakes, startFullBacklog } from '../support/full-backlog.js'
import { isFullRun, startOthers } from '../support/others.js'
import { exchange, openRawClient } from '../support/raw-client.js'
import { answer, startRawUpstream } from '../support/raw-upstream.js'
import { startSidecar } from '../support/sidecar-process.js'
import { startStoppableUpstream } from '../support/stoppable-upstream.js'
import { type HttpMessage, headerOf, statusOf } from '../support/strict-http.js'

const get = `GET /p HTTP/1.1\r\nHost: a.test\r\nOrigin: ${pageOrigin}\r\n\r\n`
const post = `POST /p HTTP/1.1\r\nHost: a.test\r\nOrigin: ${pageOrigin}\r\nContent-Length: 2\r\n\r\nhi`

async function startFor(
  t: Test,
  upstream: { readonly url: string; close(): Promise<void> },
  flags: readonly string[] = [],
) {
  const others = await startOthers(t)
  const sidecar = await startSidecar({
    upstream: upstream.url,
    flags: ['--allow-origin', pageOrigin, ...others.flags, ...flags],
    admin: true,
  })
  t.teardown(async () => {
    await sidecar.stop()
    await upstream.close()
  })
  const othersUnharmed = (fault: () => Promise<void>) => others.unharmed(sidecar.port, fault)
  return { sidecar, othersUnharmed }
}

/** An answer of the sidecar's own, with the headers that let the page read it. */
function isReadable(t: Test, answered: HttpMessage, status: number): void {
  t.equal(statusOf(answered), status)
  t.equal(headerOf(answered, 'access-control-allow-origin'), pageOrigin, 'the page may read it')
  t.match(headerOf(answered, 'vary'), /Origin/)
  t.match(JSON.parse(answered.body.toString()), { error: String, message: String, id: String })
}

t.test('an upstream that is not there is a 502 at once', async t => {
  const upstream = await startRawUpstream()
  const { sidecar, othersUnharmed } = await startFor(t, {
    url: upstream.url,
    close: async () => undefined,
  })
  await exchange(sidecar.port, get)
  const served = await timed(() => exchange(sidecar.port, get))
  await upstream.close()
  // The first of them finds that the kept connection has gone.
  await exchange(sidecar.port, get)
  await othersUnharmed(async () => {
    const refused = await timed(() => exchange(sidecar.port, get))
    isReadable(t, refused.value, 502)
    const limitMs = isFullRun ? 50 : 10 * served.ms + 50
    t.ok(refused.ms < limitMs, `${refused.ms} ms, an answer took ${served.ms} ms`)
    for (let n = 0; n < 200; n++) await exchange(sidecar.port, get)
  })
})

t.test('an upstream that takes no connection', { skip: !canSeeHandshakes }, async t => {
  const full = await startFullBacklog()
  const limitMs = isFullRun ? 5_000 : 500
  const { sidecar, othersUnharmed } = await startFor(
    t,
    { url: `http://127.0.0.1:${full.port}`, close: full.close },
    isFullRun ? [] : ['--connect-timeout', `${limitMs}ms`],
  )
  await othersUnharmed(async () => {
    const refused = await timed(() => exchange(sidecar.port, get))
    isReadable(t, refused.value, 504)
    t.ok(refused.ms >= limitMs - 10, `not before connectTimeout (${refused.ms} ms)`)
    t.ok(refused.ms < limitMs + 1_000, 'nor long after it')
  })
})

t.test('an upstream that hangs', async t => {
  const upstream = await startStoppableUpstream()
  const cycles = isFullRun ? 20 : 1
  const frozenMs = isFullRun ? 30_000 : 1_500
  // Two places are left for the others, as many as they have connections. In time the upstream has so
  // many connections waiting that it takes no more: the limit of that is the same.
  const { sidecar, othersUnharmed } = await startFor(t, upstream, [
    ...['--upstream-timeout', '1s', '--connect-timeout', '1s', '--max-in-flight', '22'],
  ])
  t.equal(statusOf(await exchange(sidecar.port, get)), 200)
  await othersUnharmed(async () => {
    for (let cycle = 0; cycle < cycles; cycle++) {
      upstream.signal('SIGSTOP')
      const thawAt = performance.now() + frozenMs
      const answers: { value: HttpMessage; ms: number }[] = []
      // A second round is answered only when the places of the first are free again.
      while (performance.now() < thawAt) {
        const asked = Array.from({ length: 20 }, () => timed(() => exchange(sidecar.port, get)))
        answers.push(...(await Promise.all(asked)))
      }
      const slowest = Math.max(...answers.map(({ ms }) => ms))
      const counted = `${answers.length} answers, the slowest after ${slowest} ms`
      t.strictSame([...new Set(answers.map(({ value }) => statusOf(value)))], [504], counted)
      t.ok(slowest < 1_000 + 1_000, 'all at the limit')
      isReadable(t, answers[0]?.value as HttpMessage, 504)
      for (const path of ['livez', 'readyz']) {
        t.equal((await fetch(`${sidecar.adminUrl}/${path}`)).status, 200, `${path} stays well`)
      }
      upstream.signal('SIGCONT')
      const { ms } = await timed(() => firstSuccess(sidecar.port))
      t.ok(ms < 1_000, `it is used again as soon as it goes on (${ms} ms)`)
    }
  })
})

/** Asks every 50 ms, whatever became of those before, until one is answered with 200. */
function firstSuccess(port: number): Promise<void> {
  return new Promise(resolve => {
    const asking = setInterval(async () => {
      const status = await exchange(port, get).then(statusOf, () => 0)
      if (status !== 200) return
      clearInterval(asking)
      resolve()
    }, 50)
  })
}

const restarts = isFullRun ? 20 : 5

t.test(`an upstream that restarts ${restarts} times`, async t => {
  const upstream = await startStoppableUpstream()
  const { sidecar, othersUnharmed } = await startFor(t, upstream)
  const statuses: number[] = []
  await othersUnharmed(async () => {
    const client = await openRawClient({ port: sidecar.port, patienceMs: 60_000 })
    t.teardown(() => client.destroy())
    const ask = async (bytes: string) => {
      client.write(bytes)
      statuses.push(statusOf(await client.response(statuses.length)))
    }
    for (let n = 0; n < restarts; n++) {
      await ask(get)
      await upstream.restart()
      await ask(n % 2 === 0 ? get : post)
    }
  })
  t.strictSame([...new Set(statuses)], [200], 'costs no request of a client that stays connected')
})

const head = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'
const response = `${head}hello`
const chunkedHead = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
const chunked = `${chunkedHead}5\r\nhello\r\n0\r\n\r\n`

t.test('an answer that breaks off after any of its bytes', async t => {
  for (const [bytes, headLength] of [
    [response, head.length],
    [chunked, chunkedHead.length],
  ] as const) {
    for (const ending of ['fin', 'reset'] as const) {
      const kind = bytes === response ? 'with a length' : 'in chunks'
      t.test(`${kind}, by a ${ending}`, async t => {
        const upstream = await startRawUpstream(answer(bytes))
        const network = await startFaultProxy(upstream.port)
        const { sidecar, othersUnharmed } = await startFor(t, {
          url: network.url,
          close: async () => {
            await network.close()
            await upstream.close()
          },
        })
        const wrong: string[] = []
        // RFC 9112, 8: a body is whole once its last chunk has come.
        const wholeFrom = bytes === chunked && ending === 'fin' ? bytes.length - 2 : bytes.length
        const rest = async (client: Client, at: number) => {
          if (at !== wholeFrom) return await cut(client)
          const body = client.responses()[0]?.body.toString()
          return body === 'hello' ? asItShouldBe : `not whole: ${body}`
        }
        await othersUnharmed(async () => {
          for (let at = 1; at < bytes.length; at++) {
            network.poison({ limit: { bytes: at, ending } })
            // Not repeated by the sidecar, whatever happens to it.
            const client = await openRawClient({ port: sidecar.port })
            client.write(post)
            await client.until(
              () => client.responses()[0] ?? client.ending(),
              'an answer or the end',
            )
            // A reset may overtake the head, however long ago that was sent.
            const isRefused = client.responses().some(each => statusOf(each) === 502)
            const mayRefuse = at < headLength || ending === 'reset'
            const text = isRefused && mayRefuse ? asItShouldBe : await rest(client, at)
            if (text !== asItShouldBe) wrong.push(`after ${at} bytes: ${text}`)
            client.destroy()
          }
        })
        t.strictSame(
          wrong,
          [],
          '502 before the head is whole; a cut connection, nothing else, after',
        )
        t.equal(upstream.requests.length, bytes.length - 1, 'each request was sent once')
        network.poison({})
        t.equal(statusOf(await exchange(sidecar.port, get)), 200, 'the next one is served')
      })
    }
  }
})

type Client = Awaited<ReturnType<typeof openRawClient>>

const asItShouldBe = 'as it should be'

/** The client must see that something is missing, and nothing that the upstream did not send. */
async function cut(client: Client): Promise<string> {
  await client.closed()
  const { reader } = client
  const text = client.received().toString('latin1')
  if (client.responses().length > 0) return `a whole answer: ${JSON.stringify(text)}`
  if (reader.problem !== undefined) return reader.problem
  const body = text.slice(text.indexOf('\r\n\r\n') + 4)
  const isPart = 'hello'.startsWith(body.replace(/^[0-9a-f]+\r\n|\r\n([0-9a-f]+\r\n)?/g, ''))
  return isPart && text.startsWith('HTTP/1.1 200')
    ? 'as it should be'
    : `got ${JSON.stringify(text)}`
}

t.test('a bad network in front of the upstream', async t => {
  const body = 'a'.repeat(20_000)
  const upstream = await startRawUpstream(
    answer(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`),
  )
  const network = await startFaultProxy(upstream.port)
  const { sidecar, othersUnharmed } = await startFor(
    t,
    {
      url: network.url,
      close: async () => {
        await network.close()
        await upstream.close()
      },
    },
    ['--upstream-timeout', '2s', '--upstream-idle-timeout', '1s'],
  )
  await othersUnharmed(async () => {
    for (const [what, toxics] of [
      ['that is late', { latencyMs: 200 }],
      ['that is slow', { bytesPerSecond: 20_000, sliceBytes: 4_000 }],
      ['that cuts everything into single bytes', { sliceBytes: 1 }],
      ['that is slow to close', { slowCloseMs: 500 }],
    ] as const) {
      await t.test(what, async t => {
        network.poison(toxics)
        const client = await openRawClient({ port: sidecar.port, patienceMs: 30_000 })
        t.teardown(() => client.destroy())
        client.write(get.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'))
        const answered = await client.response()
        t.equal(statusOf(answered), 200)
        t.equal(answered.body.toString(), body, 'the answer is whole')
      })
    }

    await t.test('that falls silent before the answer', async t => {
      network.poison({ limit: { bytes: 10, ending: 'silence' } })
      isReadable(t, await exchange(sidecar.port, post), 504)
    })

    await t.test('that falls silent within the answer', async t => {
      network.poison({ limit: { bytes: 10_000, ending: 'silence' } })
      const client = await openRawClient({ port: sidecar.port })
      t.teardown(() => client.destroy())
      client.write(post)
      await client.closed()
      t.equal(client.responses().length, 0, 'the client sees that it is not whole')
    })
  })
})

t.test('a client that leaves', async t => {
  const upstream = await startRawUpstream(() => undefined)
  const { sidecar, othersUnharmed } = await startFor(t, upstream, ['--log-requests', 'all'])
  await othersUnharmed(async () => {
    for (const [when, bytes, upstreamSends] of [
      ['before the answer', get, ''],
      ['within its request', 'POST /p HTTP/1.1\r\nHost: a.test\r\nContent-Length: 9\r\n\r\nab', ''],
      ['within the answer', get, `${head}he`],
    ] as const) {
      await t.test(when, async t => {
        upstream.play(({ write }) => write(upstreamSends))
        const client = await openRawClient({ port: sidecar.port })
        client.write(bytes)
        const connection = await upstream.until(() => upstream.begun[0] && last(upstream), 'it')
        if (upstreamSends !== '') await client.head()
        const logged = sidecar.logs.length
        const left = performance.now()
        client.reset()
        await upstream.until(() => connection.gone !== 'no' || undefined, 'the sidecar to leave')
        const ms = performance.now() - left
        t.ok(
          ms < (isFullRun ? 100 : 500),
          `the upstream is left as well, ${ms.toFixed(0)} ms later`,
        )
        const line = await sidecar.log(
          line => sidecar.logs.indexOf(line) >= logged && line.path === '/p',
          'the request',
        )
        t.equal(line.status, upstreamSends === '' ? 499 : 200)
      })
    }
  })
})

function last<T>({ connections }: { readonly connections: readonly T[] }): T {
  return connections.at(-1) as T
}

async function timed<T>(run: () => Promise<T>): Promise<{ value: T; ms: number }> {
  const begun = performance.now()
  const value = await run()
  return { value, ms: Math.round(performance.now() - begun) }
}

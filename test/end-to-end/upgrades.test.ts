// WebSocket upgrades: who may open one, what each side sees, and every way in which one fails.

import t from 'tap'
import { pageOrigin, type Scene, setStage } from '../support/forwarding-scene.js'
import type { RawClient } from '../support/raw-client.js'
import { startRawUpstream, type Turn } from '../support/raw-upstream.js'
import { headerOf, statusOf } from '../support/strict-http.js'

const asking = (...lines: string[]) =>
  ['GET /ws HTTP/1.1', 'Connection: keep-alive, Upgrade', 'Upgrade: websocket']
    .concat(['Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==', 'Sec-WebSocket-Version: 13'])
    .concat(lines.some(line => line.startsWith('Host')) ? [] : ['Host: a.test'], lines, '', '')
    .join('\r\n')
const fromPage = asking(`Origin: ${pageOrigin}`)
const switching =
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Accept: HSmrc0sMlYUkAGmm5OPpG2HaGWk=\r\n\r\n'

const stage = await setStage()
t.setTimeout(120_000)
t.teardown(() => stage.close())

function opened(client: RawClient) {
  return client.until(() => client.reader.messages[0], 'the 101')
}

/** What the client got behind the 101. */
function tunnelled(client: RawClient): string {
  const text = client.received().toString('latin1')
  return text.slice(text.indexOf('\r\n\r\n') + 4)
}

function arrived({ upstream }: Scene, bytes: string) {
  return upstream.until(
    () => upstream.connections.at(-1)?.bytes().toString('latin1').endsWith(bytes) || undefined,
    `${bytes} to arrive`,
  )
}

t.test('an upgrade may be opened', async t => {
  for (const [what, bytes, flags, status] of [
    ['by a page that is allowed', fromPage, [], 101],
    ['by a program, which has no origin', asking(), [], 101],
    [
      'by a page of this very host',
      asking('Host: own.test:81', 'Origin: http://own.test:81'),
      [],
      101,
    ],
    ['not by any other page', asking('Origin: https://evil.test'), [], 403],
    ['not from an opaque origin', asking('Origin: null'), [], 403],
    ['not by two origins', asking(`Origin: ${pageOrigin}`, `Origin: ${pageOrigin}`), [], 403],
    ['not at all when that is switched off', fromPage, ['--websockets=false'], 501],
  ] as const) {
    t.test(what, async t => {
      const scene = await stage.scene(t, { flags })
      scene.upstreamDoes(switching)
      const client = await scene.client()
      client.write(bytes)
      const answered = await opened(client)
      t.equal(statusOf(answered), status)
      if (status === 101) {
        t.equal(headerOf(answered, 'sec-websocket-accept'), 'HSmrc0sMlYUkAGmm5OPpG2HaGWk=')
        return
      }
      t.strictSame(scene.upstream.begun, [], 'nobody is dialled')
      t.type(JSON.parse(answered.body.toString()).message, 'string')
      t.equal(await client.closed(), 'fin')
    })
  }
})

t.test('bytes that come early arrive behind the heads', async t => {
  const scene = await stage.scene(t)
  const turns: Turn[] = []
  scene.upstreamDoes(turn => turns.push(turn))
  const client = await scene.client()
  client.write(`${fromPage}with the head,`)
  await scene.upstream.until(() => turns[0], 'the upgrade')
  client.write(' before the answer')
  turns[0]?.write(`${switching}at once`)
  await client.until(() => tunnelled(client) === 'at once' || undefined, 'the first bytes')
  await arrived(scene, '\r\n\r\nwith the head, before the answer')
  client.write('!')
  turns[0]?.write('!')
  await arrived(scene, '!')
  await client.until(() => tunnelled(client) === 'at once!' || undefined, 'more')
  const [seen] = scene.upstream.begun
  t.equal(seen && headerOf(seen, 'transfer-encoding'), undefined)
})

t.test('either side may stop sending and go on reading', async t => {
  t.test('the upstream', async t => {
    const scene = await stage.scene(t)
    scene.upstreamDoes(({ write, fin, onFin }) => {
      write(`${switching}last words`)
      fin()
      onFin(() => undefined)
    })
    const client = await scene.client()
    client.write(fromPage)
    t.equal(await client.closed(), 'fin')
    t.equal(tunnelled(client), 'last words')
    client.write('an answer to them')
    await arrived(scene, 'an answer to them')
    client.end()
    await scene.upstreamLeft()
  })
  t.test('the client, before it has an answer', async t => {
    const scene = await stage.scene(t)
    const turns: Turn[] = []
    scene.upstreamDoes(turn => {
      turns.push(turn)
      turn.onFin(() => {
        turn.write('LATE')
        turn.fin()
      })
    })
    const client = await scene.client()
    client.write(`${fromPage}hi`)
    client.end()
    await scene.upstream.until(() => turns[0], 'the upgrade')
    turns[0]?.write(switching)
    await client.closed()
    t.equal(tunnelled(client), 'LATE')
    await arrived(scene, 'hi')
  })
})

t.test('an upgrade that is not accepted is answered like any request:', async t => {
  for (const [what, bytes, status, body] of [
    [
      'with a length',
      'HTTP/1.1 401 No\r\nWWW-Authenticate: Basic\r\nContent-Length: 2\r\n\r\nno',
      401,
      'no',
    ],
    [
      'in chunks',
      'HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n',
      403,
      'no',
    ],
    ['without a body', 'HTTP/1.1 204 None\r\n\r\n', 204, ''],
    ['as success', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok', 200, 'ok'],
    [
      'with a switch to something else',
      'HTTP/1.1 101 X\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n',
      502,
      undefined,
    ],
    ['with bytes that are no HTTP', 'SSH-2.0-x\r\n', 502, undefined],
  ] as const) {
    t.test(what, async t => {
      const scene = await stage.scene(t)
      scene.upstreamDoes(bytes)
      const client = await scene.client()
      client.write(fromPage)
      const answered = await client.response()
      t.equal(statusOf(answered), status)
      if (body !== undefined) t.equal(answered.body.toString(), body)
      t.equal(headerOf(answered, 'access-control-allow-origin'), pageOrigin, 'the page may read it')
      client.write('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n')
      t.equal(statusOf(await client.response(1)), status, 'its connection goes on')
    })
  }
  t.test('a large one, whole', async t => {
    const scene = await stage.scene(t)
    const size = 1_000_000
    scene.upstreamDoes(`HTTP/1.1 403 No\r\nContent-Length: ${size}\r\n\r\n${'n'.repeat(size)}`)
    const client = await scene.client()
    client.write(fromPage)
    t.equal((await client.response()).body.length, size)
  })
})

t.test('an upstream that fails is told as a response', async t => {
  t.test('when it refuses connections', async t => {
    const gone = await startRawUpstream()
    await gone.close()
    const scene = await stage.scene(t, { upstreamUrl: gone.url })
    const answered = await scene.send(fromPage)
    t.equal(statusOf(answered), 502)
    t.match(JSON.parse(answered.body.toString()), { error: 'connect-refused' })
  })
  t.test('when it does not answer', async t => {
    const scene = await stage.scene(t, { flags: ['--upstream-timeout', '300ms'] })
    scene.upstreamDoes(() => undefined)
    const answered = await scene.send(fromPage)
    t.equal(statusOf(answered), 504)
    t.equal(headerOf(answered, 'access-control-allow-origin'), pageOrigin)
    await scene.upstreamLeft()
  })
  t.test('when it closes without a word', async t => {
    const scene = await stage.scene(t)
    scene.upstreamDoes(({ fin }) => fin())
    t.equal(statusOf(await scene.send(fromPage)), 502)
  })
})

t.test('a client that leaves takes the upstream along', async t => {
  t.test('while it is asked', async t => {
    const scene = await stage.scene(t)
    scene.upstreamDoes(() => undefined)
    const client = await scene.client()
    client.write(fromPage)
    await scene.upstream.until(() => scene.upstream.begun[0], 'the upgrade')
    client.destroy()
    await scene.upstreamLeft()
  })
  t.test('once it is open', async t => {
    const scene = await stage.scene(t)
    scene.upstreamDoes(switching)
    const client = await scene.client()
    client.write(fromPage)
    await opened(client)
    client.reset()
    await scene.upstreamLeft()
  })
})

t.test('an open upgrade takes no slot, and no silence ends it', async t => {
  const flags = [
    '--max-in-flight',
    '1',
    '--upstream-idle-timeout',
    '300ms',
    '--upstream-timeout',
    '300ms',
  ]
  const scene = await stage.scene(t, { flags })
  scene.upstreamDoes(switching)
  const client = await scene.client()
  client.write(fromPage)
  await opened(client)
  const open = scene.upstream.connections.at(-1)
  // Time itself is what is tested: longer than every limit there is for requests.
  await new Promise(resolve => setTimeout(resolve, 1_000))
  scene.upstreamDoes('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
  t.equal(statusOf(await scene.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n')), 200)
  open?.socket.write('still here')
  await client.until(() => tunnelled(client) === 'still here' || undefined, 'the late bytes')
})

t.test('with a body it is an ordinary request, and the body no other one', async t => {
  const scene = await stage.scene(t)
  const body = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n'
  const answered = await scene.send(asking(`Content-Length: ${body.length}`) + body)
  t.equal(statusOf(answered), 200)
  t.equal(scene.seen().body.toString(), body)
  t.equal(headerOf(scene.seen(), 'upgrade'), undefined)
})

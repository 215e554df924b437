// What happens at each limit of time, size and number: the status that its row promises, readable
// by the page wherever its Origin was understood, and the upstream let go of.

import t from 'tap'
import { pageOrigin, type Scene, setStage } from '../support/forwarding-scene.js'
import { openRawClient } from '../support/raw-client.js'
import { okAnswer, type Turn } from '../support/raw-upstream.js'
import { startSidecar } from '../support/sidecar-process.js'
import { type HttpMessage, headerOf, statusOf } from '../support/strict-http.js'

const page = `Host: a.test\r\nOrigin: ${pageOrigin}\r\n`
const get = `GET /p HTTP/1.1\r\n${page}\r\n`
const post = (fields: string, body = '') => `POST /p HTTP/1.1\r\n${page}${fields}\r\n\r\n${body}`

/** A reply of our own: this status and name, and the page may read it. */
function isReadable({ t }: Scene, answered: HttpMessage, status: number, error: string): void {
  t.equal(statusOf(answered), status, 'status')
  t.equal(headerOf(answered, 'access-control-allow-origin'), pageOrigin, 'the page may read it')
  t.match(headerOf(answered, 'vary'), /\bOrigin\b/i, 'caches know that it varies')
  const { message, id, ...body } = JSON.parse(answered.body.toString())
  t.match(body, { error, reason: 'origin-exact' }, 'the body names it')
  t.match(message, /^[A-Z].*\.$/s, 'in a sentence')
  t.notMatch(message, /127\.0\.0\.1|localhost|ECONN/, 'without an address')
  t.type(id, 'string')
}

const stage = await setStage()
t.setTimeout(300_000)
t.teardown(() => stage.close())

t.test('a request head is refused', async t => {
  for (const [what, bytes, status, error] of [
    [
      'with more than 100 lines',
      `GET /p HTTP/1.1\r\n${page}${'X-A: 1\r\n'.repeat(99)}\r\n`,
      431,
      'too-many-header-lines',
    ],
    [
      'with a target above 8 KiB',
      `GET /${'a'.repeat(8192)} HTTP/1.1\r\n${page}\r\n`,
      414,
      'target-too-long',
    ],
    ['that announces too large a body', post('Content-Length: 1001'), 413, 'body-too-large'],
    ['that expects something unknown', post('Expect: x\r\nContent-Length: 1'), 417, 'expectation'],
    [
      'that has passed here already',
      `GET /p HTTP/1.1\r\n${page}Via: 1.1 cors-sidecar\r\n\r\n`,
      508,
      'loop',
    ],
  ] as const) {
    t.test(what, async t => {
      const scene = await stage.scene(t, { flags: ['--max-body-size', '1000'] })
      isReadable(scene, await scene.send(bytes), status, error)
      t.strictSame(scene.upstream.begun, [], 'the upstream is not asked')
    })
  }
  t.test('above 16 KiB, before its Origin is known', async t => {
    const scene = await stage.scene(t)
    const answered = await scene.send(
      `GET /p HTTP/1.1\r\n${page}X-A: ${'a'.repeat(17_000)}\r\n\r\n`,
    )
    t.equal(statusOf(answered), 431)
    t.match(JSON.parse(answered.body.toString()), { error: 'header-too-large' })
    t.strictSame(scene.upstream.begun, [])
  })
})

t.test('100 lines and 8 KiB of target pass', async t => {
  const scene = await stage.scene(t)
  const target = `/${'a'.repeat(8191)}`
  const answered = await scene.send(
    `GET ${target} HTTP/1.1\r\n${page}${'X-A: 1\r\n'.repeat(98)}\r\n`,
  )
  t.equal(statusOf(answered), 200)
  t.equal(scene.upstream.requests[0]?.target, target)
  t.equal(scene.seen().headers.filter(([name]) => name === 'X-A').length, 98, 'no line is lost')
})

t.test('a chunked body that outgrows the cap is refused, and the upstream let go of', async t => {
  const scene = await stage.scene(t, { flags: ['--max-body-size', '1000'] })
  scene.upstreamDoes(() => undefined)
  const client = await scene.client()
  client.write(post('Transfer-Encoding: chunked', `258\r\n${'a'.repeat(600)}\r\n`))
  await scene.upstream.until(() => scene.upstream.begun[0], 'the request')
  client.write(`258\r\n${'a'.repeat(600)}\r\n`)
  isReadable(scene, await client.response(), 413, 'body-too-large')
  await scene.upstreamLeft()
  t.strictSame(scene.upstream.requests, [], 'it never got the whole of it')
  client.write('0\r\n\r\n')
  client.end()
  t.equal(await client.closed(), 'fin', 'the client can read its answer to the end')
})

t.test('a body at the cap passes, in whatever framing', async t => {
  const scene = await stage.scene(t, { flags: ['--max-body-size', '1000'] })
  const body = 'a'.repeat(1000)
  t.equal(statusOf(await scene.send(post('Content-Length: 1000', body))), 200)
  const chunked = post('Transfer-Encoding: chunked', `3e8\r\n${body}\r\n0\r\n\r\n`)
  t.equal(statusOf(await scene.send(chunked)), 200)
})

t.test('a body that stops arriving', async t => {
  const flags = ['--request-idle-timeout', '1s', '--upstream-timeout', '30s']
  t.test('is 408, and the upstream is let go of', async t => {
    const scene = await stage.scene(t, { flags })
    scene.upstreamDoes(() => undefined)
    const client = await scene.client()
    client.write(post('Content-Length: 100', 'abc'))
    isReadable(scene, await client.response(), 408, 'request-timeout')
    await scene.upstreamLeft()
    client.end()
    t.equal(await client.closed(), 'fin')
  })
  t.test('cuts an answer that had begun', async t => {
    const scene = await stage.scene(t, { flags })
    scene.upstreamDoes(({ write }) => write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc'))
    const client = await scene.client()
    client.write(post('Content-Length: 100', 'abc'))
    await client.head()
    t.ok(await client.closed())
    t.strictSame(client.responses(), [], 'it does not look whole')
    await scene.upstreamLeft()
  })
})

t.test('a client that takes its time with the body is not the upstream being slow', async t => {
  const flags = ['--upstream-timeout', '300ms', '--request-idle-timeout', '30s']
  const scene = await stage.scene(t, { flags })
  const client = await scene.client()
  client.write(post('Content-Length: 4', 'ab'))
  await scene.upstream.until(() => scene.upstream.begun[0], 'the request')
  // Time itself is what is tested: well past the limit that must not apply.
  await new Promise(resolve => setTimeout(resolve, 900))
  client.write('cd')
  t.equal(statusOf(await client.response()), 200)
  t.equal(scene.seen().body.toString(), 'abcd')
})

t.test('an upstream that is silent', async t => {
  t.test('before its head is 504', async t => {
    const scene = await stage.scene(t, { flags: ['--upstream-timeout', '300ms'] })
    scene.upstreamDoes(() => undefined)
    isReadable(scene, await scene.send(post('Content-Length: 2', 'ab')), 504, 'head-timeout')
    await scene.upstreamLeft()
  })
  t.test('in its head, however busy, is 504', async t => {
    const scene = await stage.scene(t, { flags: ['--upstream-timeout', '300ms'] })
    scene.upstreamDoes(({ write, connection }) => {
      write('HTTP/1.1 200 OK\r\n')
      const more = setInterval(() => write('X-A: 1\r\n'), 50)
      connection.socket.once('close', () => clearInterval(more))
    })
    isReadable(scene, await scene.send(get), 504, 'head-timeout')
  })
  t.test('in its body cuts the answer', async t => {
    const scene = await stage.scene(t, { flags: ['--upstream-idle-timeout', '300ms'] })
    scene.upstreamDoes(({ write }) => write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc'))
    const client = await scene.client()
    client.write(get)
    t.ok(await client.closed())
    t.equal(client.reader.partial?.body.toString(), 'abc', 'what came, and nothing behind it')
    t.strictSame(client.responses(), [])
    const line = await scene.sidecar.log(({ failure }) => failure === 'idle-timeout', 'the failure')
    t.match(line, { status: 200 })
  })
  t.test('in its body for as long as it likes, when there is no limit', async t => {
    const scene = await stage.scene(t, { flags: ['--upstream-idle-timeout', '0'] })
    const turns: Turn[] = []
    scene.upstreamDoes(turn => {
      turn.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na')
      turns.push(turn)
    })
    const client = await scene.client()
    client.write(get)
    await client.head()
    await new Promise(resolve => setTimeout(resolve, 600))
    turns[0]?.write('b')
    const answered = await client.response()
    t.equal(answered.body.toString(), 'ab')
  })
})

t.test('a client that does not read', async t => {
  const size = 32 * 1024 * 1024
  const flags = ['--response-idle-timeout', '2s', '--upstream-idle-timeout', '30s']
  const send = ({ write }: Turn) => {
    write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`)
    write(Buffer.alloc(size, 'a'))
  }
  t.test('is cut, and the upstream let go of', async t => {
    const scene = await stage.scene(t, { flags })
    scene.upstreamDoes(send)
    const client = await scene.client()
    client.pause()
    client.write(get)
    await scene.upstreamLeft()
    client.resume()
    t.ok(await client.closed())
    t.strictSame(client.responses(), [])
  })
  t.test('is not cut while it reads, however slowly', async t => {
    const scene = await stage.scene(t, { flags })
    scene.upstreamDoes(send)
    const client = await scene.client({ patienceMs: 20_000 })
    client.pause()
    client.write(get)
    await scene.upstream.until(() => scene.upstream.begun[0], 'the request')
    const { socket } = client
    // Linux tells of each piece that is taken; elsewhere it must be enough to make room for more.
    const [steps, step] = process.platform === 'linux' ? [16, 1] : [8, 1024 * 1024]
    for (let n = 0; n < steps; n++) {
      await new Promise(resolve => setTimeout(resolve, 400))
      const wanted = socket.bytesRead + step
      client.resume()
      await client.until(() => socket.bytesRead > wanted || undefined, 'more')
      client.pause()
    }
    client.resume()
    await client.until(() => socket.bytesRead > size || undefined, 'all of it')
    t.equal(client.ending(), undefined, 'the connection is kept')
  })
})

t.test('with one request at the upstream at a time', async t => {
  const flags = ['--max-in-flight', '1']
  /** An upstream that answers when the test says so. */
  async function occupied(scene: Scene) {
    const turns: Turn[] = []
    scene.upstreamDoes(turn => turns.push(turn))
    const first = await scene.client()
    first.write(get)
    await scene.upstream.until(() => turns[0], 'the first request')
    return { first, turns }
  }
  t.test('the next waits for its turn', async t => {
    const scene = await stage.scene(t, { flags })
    const { first, turns } = await occupied(scene)
    const second = await scene.client()
    second.write('GET /second HTTP/1.1\r\nHost: a.test\r\n\r\n')
    // A request that is answered here shows that the one before it has been read.
    const probe = await scene.send(
      `OPTIONS /p HTTP/1.1\r\n${page}Access-Control-Request-Method: GET\r\n\r\n`,
    )
    t.equal(statusOf(probe), 204)
    t.equal(turns.length, 1, 'the upstream has one')
    turns[0]?.write(okAnswer)
    t.equal(statusOf(await first.response()), 200)
    await scene.upstream.until(() => turns[1], 'the second request')
    turns[1]?.write(okAnswer)
    t.equal(statusOf(await second.response()), 200)
  })
  t.test('it is told to come again after a second, and is never sent', async t => {
    const scene = await stage.scene(t, { flags })
    const { first, turns } = await occupied(scene)
    const answered = await scene.send(post('Content-Length: 2', 'ab'))
    isReadable(scene, answered, 503, 'overloaded')
    t.equal(headerOf(answered, 'retry-after'), '1')
    turns[0]?.write(okAnswer)
    t.equal(statusOf(await first.response()), 200)
    const after = scene.send('GET /after HTTP/1.1\r\nHost: a.test\r\n\r\n')
    await scene.upstream.until(() => turns[1], 'the next request')
    turns[1]?.write(okAnswer)
    t.equal(statusOf(await after), 200)
    t.strictSame(
      scene.upstream.requests.map(({ target }) => target),
      ['/p', '/after'],
    )
  })
  t.test('one that leaves the queue is never sent', async t => {
    const scene = await stage.scene(t, { flags })
    const { first, turns } = await occupied(scene)
    const leaving = await scene.client()
    leaving.write(`GET /leaves HTTP/1.1\r\n${page}\r\n`)
    leaving.destroy()
    await scene.sidecar.log(
      ({ path, status }) => path === '/leaves' && status === 499,
      'the client that left',
    )
    turns[0]?.write(okAnswer)
    t.equal(statusOf(await first.response()), 200)
    const after = scene.send('GET /after HTTP/1.1\r\nHost: a.test\r\n\r\n')
    await scene.upstream.until(() => turns[1], 'the next request')
    turns[1]?.write(okAnswer)
    await after
    t.strictSame(
      scene.upstream.requests.map(({ target }) => target),
      ['/p', '/after'],
    )
  })
  t.test('the 257th that waits is turned away at once', async t => {
    const scene = await stage.scene(t, { flags })
    const { first, turns } = await occupied(scene)
    const clients = await Promise.all(Array.from({ length: 256 }, () => scene.client()))
    for (const client of clients) client.write('GET /waits HTTP/1.1\r\nHost: a.test\r\n\r\n')
    const answered = await Promise.race(
      clients
        .map(client => client.response().then(() => 'late'))
        .concat(
          (async () => {
            for (;;) {
              const extra = await scene.client()
              extra.write(get)
              const one = await extra.response()
              if (statusOf(one) === 503) return headerOf(one, 'retry-after') ?? ''
            }
          })(),
        ),
    )
    t.equal(answered, '1')
    turns[0]?.write(okAnswer)
    await first.response()
    for (const client of clients) client.destroy()
  })
})

t.test('connections above the limit are dropped and counted; open ones serve on', async t => {
  const { upstream } = await stage.scene(t)
  const sidecar = await startSidecar({
    upstream: upstream.url,
    flags: ['--max-connections', '2'],
    admin: true,
  })
  t.teardown(() => sidecar.stop())
  const connect = async () => {
    const client = await openRawClient({ port: sidecar.port })
    t.teardown(() => client.destroy())
    return client
  }
  const open = [await connect(), await connect()]
  for (const client of open) {
    client.write(get)
    t.equal(statusOf(await client.response()), 200)
  }
  const surplus = await connect()
  await surplus.closed()
  t.equal(surplus.received().length, 0, 'without a byte')
  for (const client of open) {
    client.write(get)
    t.equal(statusOf(await client.response(1)), 200)
  }
  const metrics = await (await fetch(`${sidecar.adminUrl}/metrics`)).text()
  t.match(metrics, /connections_dropped_total\{reason="max-connections"\} 1\n/)
})

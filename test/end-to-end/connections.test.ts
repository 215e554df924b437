// How requests follow each other on connections, on the client's side and on the upstream's.

import t from 'tap'
import { type Scene, setStage } from '../support/forwarding-scene.js'
import { answer, okAnswer, type Turn } from '../support/raw-upstream.js'
import { headerOf, statusOf } from '../support/strict-http.js'

const get = 'GET /p HTTP/1.1\r\nHost: a.test\r\n\r\n'

/** Every idle upstream connection goes, so that the next request opens one. */
function startAfresh({ upstream }: Scene): void {
  for (const { socket } of upstream.connections) socket.destroy()
}

const stage = await setStage()
t.setTimeout(120_000)
t.teardown(() => stage.close())

t.test('pipelined requests are answered in their order', async t => {
  const scene = await stage.scene(t)
  const turns = new Map<string, Turn>()
  scene.upstreamDoes(turn => turns.set(turn.head.startLine.split(' ')[1] ?? '', turn))
  const client = await scene.client()
  client.write('GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n')
  await scene.upstream.until(() => (turns.size === 2 ? true : undefined), 'both requests')
  const size = 300_000
  turns.get('/2')?.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n${'2'.repeat(size)}`)
  await scene.send('GET /probe HTTP/1.0\r\n\r\n').catch(() => undefined)
  t.equal(client.received().length, 0, 'the second waits, although it is there')
  turns.get('/1')?.write('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1')
  t.equal((await client.response(0)).body.toString(), '1')
  t.equal((await client.response(1)).body.toString(), '2'.repeat(size))
})

t.test('answers to earlier requests come before the refusal of a later one', async t => {
  for (const [what, last, status] of [
    ['no HTTP', 'HELLO\r\n\r\n', 400],
    [
      'a broken body',
      'POST /2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nX\r\n',
      400,
    ],
    ['an unknown coding', 'POST /2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: x\r\n\r\nX\r\n', 501],
  ] as const) {
    t.test(what, async t => {
      const scene = await stage.scene(t)
      const client = await scene.client()
      client.write(`${get}${get}${last}`)
      const statuses: number[] = []
      for (const n of [0, 1, 2]) statuses.push(statusOf(await client.response(n)))
      t.strictSame(statuses, [200, 200, status])
      t.equal(await client.closed(), 'fin')
    })
  }
})

t.test('behind a request that ends the connection nothing is served', async t => {
  for (const [what, last, status] of [
    ['one with two Hosts', 'GET /1 HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 400],
    ['one that is too large', `GET /${'a'.repeat(9000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 414],
    [
      'one of another version, with a body',
      'PUT /1 HTTP/0.9\r\nHost: a\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\na',
      505,
    ],
    [
      'one that expects 100 for no body',
      'GET /1 HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n',
      200,
    ],
    ['one that asks for the end', 'GET /1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 200],
  ] as const) {
    t.test(what, async t => {
      const scene = await stage.scene(t)
      const client = await scene.client()
      client.write(`${last}GET /behind HTTP/1.1\r\nHost: a\r\n\r\n`)
      t.equal(statusOf(await client.response()), status)
      t.match(headerOf(await client.response(), 'connection'), 'close')
      client.end()
      await client.closed()
      t.notOk(
        scene.upstream.begun.some(({ startLine }) => startLine.includes('/behind')),
        'what came behind it is not sent on',
      )
      t.equal(
        client.responses().filter(one => statusOf(one) === 200).length,
        status === 200 ? 1 : 0,
      )
    })
  }
})

t.test('a connection serves 1,000 requests, and says which is the last', async t => {
  const scene = await stage.scene(t)
  const client = await scene.client()
  const batch = 50
  for (let served = 0; served < 1_000; served += batch) {
    client.write(get.repeat(served + batch === 1_000 ? batch + 3 : batch))
    await client.response(served + batch - 1)
  }
  const answers = client.responses()
  t.ok(answers.every(one => statusOf(one) === 200))
  t.strictSame(
    answers.flatMap((one, n) => (headerOf(one, 'connection') === 'close' ? [n + 1] : [])),
    [1_000],
  )
  client.end()
  t.equal(await client.closed(), 'fin')
  t.equal(client.responses().length, 1_000)
  t.equal(scene.upstream.requests.length, 1_000, 'the surplus is not sent on either')
})

t.test('a client of HTTP/1.0', async t => {
  t.test('gets no chunks, no interim answer and the end of the connection', async t => {
    const scene = await stage.scene(t)
    scene.upstreamDoes(
      'HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n' +
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n' +
        '3\r\nabc\r\n0\r\nX-T: v\r\n\r\n',
    )
    const client = await scene.client()
    client.write('GET /p HTTP/1.0\r\n\r\n')
    const answered = await client.response()
    t.strictSame([answered.body.toString(), answered.framing], ['abc', 'until-close'])
    t.strictSame(client.interim(), [])
    t.equal(headerOf(answered, 'trailer'), undefined)
    t.equal(await client.closed(), 'fin')
    t.equal(headerOf(scene.seen(), 'via'), undefined)
    t.equal(headerOf(scene.seen(), 'host'), `127.0.0.1:${scene.upstream.port}`)
  })
  t.test('keeps its connection when it asks to', async t => {
    const scene = await stage.scene(t)
    const client = await scene.client()
    for (const n of [0, 1]) {
      client.write('GET /p HTTP/1.0\r\nConnection: keep-alive\r\n\r\n')
      const answered = await client.response(n)
      t.equal(answered.body.toString(), 'ok')
      t.match(headerOf(answered, 'connection'), 'keep-alive')
    }
  })
  t.test('is cut when the upstream breaks off, since it counts bytes by the end', async t => {
    const scene = await stage.scene(t)
    scene.upstreamDoes(({ write, reset }) => {
      write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n')
      setTimeout(reset, 100)
    })
    const client = await scene.client()
    client.write('GET /p HTTP/1.0\r\n\r\n')
    t.equal(await client.closed(), 'reset', 'no clean end, which would make it look whole')
  })
})

t.test('100 Continue', async t => {
  const asks = (fields: string) =>
    `POST /p HTTP/1.1\r\nHost: a.test\r\nExpect: 100-continue\r\n${fields}\r\n\r\n`
  t.test('is sent when the body will be read', async t => {
    const scene = await stage.scene(t)
    const client = await scene.client()
    client.write(asks('Content-Length: 2'))
    await client.until(() => client.interim()[0], 'the 100')
    client.write('hi')
    t.equal(statusOf(await client.response()), 200)
    t.equal(headerOf(scene.seen(), 'expect'), undefined)
    t.equal(scene.seen().body.toString(), 'hi')
  })
  t.test('is sent in its turn behind pipelined requests', async t => {
    const scene = await stage.scene(t)
    const client = await scene.client()
    const second = `${asks('Transfer-Encoding: chunked')}2\r\nhi\r\n0\r\n\r\n`
    let answerFirst: (() => void) | undefined
    scene.upstreamDoes(({ head, write, whenWhole }) => {
      if (head.startLine.includes('/first')) answerFirst = () => write(okAnswer)
      else whenWhole(() => write(okAnswer))
    })
    client.write(`${get.replace('/p', '/first')}${second}${second}${get}`)
    // Whatever the others could bring about early has happened once somebody else is answered.
    await scene.send(get)
    answerFirst?.()
    for (const n of [0, 1, 2, 3]) t.equal(statusOf(await client.response(n)), 200)
    t.equal(client.interim().length, 2)
    t.strictSame(
      client.reader.messages.map(({ startLine, body }) => `${startLine.slice(9, 12)} ${body}`),
      ['200 ok', '100 ', '200 ok', '100 ', '200 ok', '200 ok'],
    )
  })
  for (const [what, fields, flags, status] of [
    ['a body that is too large', 'Content-Length: 2000', ['--max-body-size', '1000'], 413],
    ['an upgrade of nothing', 'Transfer-Encoding: gzip', [], 501],
    [
      'an origin that is blocked',
      'Origin: https://evil.test\r\nContent-Length: 2',
      ['--on-disallowed', 'block'],
      403,
    ],
  ] as const) {
    t.test(`is not sent for ${what}`, async t => {
      const scene = await stage.scene(t, { flags })
      const client = await scene.client()
      client.write(asks(fields))
      t.equal(statusOf(await client.response()), status)
      t.strictSame(client.interim(), [])
      t.strictSame(scene.upstream.begun, [])
    })
  }
  t.test('is not sent to HTTP/1.0', async t => {
    const scene = await stage.scene(t)
    const client = await scene.client()
    client.write('POST /p HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi')
    t.equal(statusOf(await client.response()), 200)
    t.strictSame(client.interim(), [])
  })
})

t.test('an interim response reaches the client with all but its CORS fields', async t => {
  const scene = await stage.scene(t)
  scene.upstreamDoes(
    'HTTP/1.1 100 Continue\r\n\r\n' +
      'HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload; as=style\r\nX-A: 1\r\n' +
      'Access-Control-Allow-Origin: *\r\nTiming-Allow-Origin: *\r\nConnection: x-b\r\nX-B: 2\r\n\r\n' +
      `HTTP/1.1 104 Upload Resumption Supported\r\nUpload-Draft-Interop-Version: 6\r\n\r\n${okAnswer}`,
  )
  const client = await scene.client()
  client.write(get)
  t.equal(statusOf(await client.response()), 200)
  t.strictSame(
    client.interim().map(message => [statusOf(message), message.headers]),
    [
      [
        103,
        [
          ['Link', '</a.css>; rel=preload; as=style'],
          ['X-A', '1'],
        ],
      ],
      [104, [['Upload-Draft-Interop-Version', '6']]],
    ],
  )
  const older = await scene.client()
  older.write('GET /p HTTP/1.0\r\n\r\n')
  t.equal(statusOf(await older.response()), 200)
  t.strictSame(older.interim(), [], 'and none reaches HTTP/1.0')
})

t.test('trailers are all delivered, or the request is refused', async t => {
  const scene = await stage.scene(t)
  const upload = (lines: number) =>
    'POST /p HTTP/1.1\r\nHost: a.test\r\nTE: trailers\r\nConnection: TE\r\nTransfer-Encoding: chunked\r\n' +
    `Trailer: X-T\r\n\r\n2\r\nok\r\n0\r\n${'X-T: 1\r\n'.repeat(lines)}\r\n`
  t.equal(statusOf(await scene.send(upload(100))), 200)
  t.equal(scene.seen().trailers.length, 100)
  scene.upstreamDoes(okAnswer)
  const refused = await scene.send(upload(101))
  t.equal(statusOf(refused), 431)
  t.equal(headerOf(refused, 'connection'), 'close')
  t.strictSame(scene.upstream.requests, [], 'no whole request reached the upstream')
  scene.upstreamDoes(
    `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n2\r\nok\r\n0\r\n${'X-T: 1\r\n'.repeat(3_000)}\r\n`,
  )
  const answered = await scene.send(
    'GET /p HTTP/1.1\r\nHost: a.test\r\nTE: trailers\r\nConnection: TE\r\n\r\n',
  )
  t.equal(answered.trailers.length, 3_000)
})

t.test('103 for a request whose answer waits for another is left out', async t => {
  const scene = await stage.scene(t)
  const turns = new Map<string, Turn>()
  scene.upstreamDoes(turn => turns.set(turn.head.startLine.split(' ')[1] ?? '', turn))
  const client = await scene.client()
  client.write('GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n')
  await scene.upstream.until(() => (turns.size === 2 ? true : undefined), 'both requests')
  turns
    .get('/2')
    ?.write(`HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n${okAnswer}`)
  await scene.send('GET /probe HTTP/1.0\r\n\r\n').catch(() => undefined)
  turns.get('/1')?.write(okAnswer)
  for (const n of [0, 1]) t.equal((await client.response(n)).body.toString(), 'ok')
  t.strictSame(client.interim(), [])
})

t.test('a reused upstream connection that dies without a byte', async t => {
  /** The second request on any connection gets this instead of an answer. */
  const dying =
    (instead: (turn: Turn) => void) =>
    (turn: Turn): void =>
      turn.whenWhole(() => {
        if (turn.connection.reader.messages.length === 2) instead(turn)
        else turn.write(okAnswer)
      })
  const end = ({ fin }: Turn) => fin()
  const reset = ({ reset }: Turn) => reset()
  const partly = ({ write, reset }: Turn) => {
    write('HTTP/1.1 200 OK\r\n')
    setTimeout(reset, 50)
  }
  const body = (method: string) => `${method} /p HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi`
  const bare = (method: string) => `${method} /p HTTP/1.1\r\nHost: a\r\n\r\n`
  for (const [what, bytes, instead, flags, status, sent] of [
    ['is tried again for GET', bare('GET'), reset, [], 200, 2],
    ['is tried again when it just ends', bare('GET'), end, [], 200, 2],
    ['is tried again for HEAD', bare('HEAD'), reset, [], 200, 2],
    ['is tried again for OPTIONS', bare('OPTIONS'), reset, [], 200, 2],
    ['is not tried again for POST', body('POST'), reset, [], 502, 1],
    ['is not tried again for PUT', body('PUT'), reset, [], 502, 1],
    ['is not tried again for DELETE', bare('DELETE'), reset, [], 502, 1],
    ['is not tried again for GET with a body', body('GET'), reset, [], 502, 1],
    ['is not tried again behind a byte', bare('GET'), partly, [], 502, 1],
    [
      'is not tried again where that is switched off',
      bare('GET'),
      reset,
      ['--retries=false'],
      502,
      1,
    ],
  ] as const) {
    t.test(what, async t => {
      const scene = await stage.scene(t, { flags })
      startAfresh(scene)
      scene.upstreamDoes(dying(instead))
      t.equal(statusOf(await scene.send(get)), 200, 'the first')
      t.equal(statusOf(await scene.send(bytes)), status)
      const again = scene.upstream.requests.slice(1)
      t.equal(again.length, sent, 'requests that reached the upstream')
      t.ok(again.every(({ method }) => method === bytes.split(' ')[0]))
    })
  }
  t.test('is tried once, not twice', async t => {
    const scene = await stage.scene(t)
    startAfresh(scene)
    scene.upstreamDoes(answer(okAnswer))
    await scene.send(get)
    scene.upstreamDoes(({ whenWhole, reset }) => whenWhole(reset))
    t.equal(statusOf(await scene.send(get)), 502)
    t.equal(scene.upstream.requests.length, 2)
  })
  t.test('is not tried again on a connection that was new', async t => {
    const scene = await stage.scene(t)
    startAfresh(scene)
    scene.upstreamDoes(({ whenWhole, reset }) => whenWhole(reset))
    t.equal(statusOf(await scene.send(get)), 502)
    t.equal(scene.upstream.requests.length, 1)
  })
})

t.test('an upstream connection is not used again', async t => {
  const next = async (scene: Scene) => {
    const before = scene.upstream.connections.length
    await scene.upstream.until(
      () => scene.upstream.connections.every(({ gone }) => gone !== 'no') || undefined,
      'the sidecar to let go',
    )
    scene.upstreamDoes(okAnswer)
    t.equal(statusOf(await scene.send(get)), 200)
    return before
  }
  for (const [what, bytes] of [
    [
      'when it sends bytes nobody asked for',
      `${okAnswer}HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nPOISON`,
    ],
    ['when it says so', 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok'],
    ['when it speaks HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok'],
  ] as const) {
    t.test(what, async t => {
      const scene = await stage.scene(t)
      startAfresh(scene)
      scene.upstreamDoes(bytes)
      t.equal((await scene.send(get)).body.toString(), 'ok')
      await next(scene)
    })
  }
  t.test('when bytes come while it is idle', async t => {
    const scene = await stage.scene(t)
    startAfresh(scene)
    scene.upstreamDoes(okAnswer)
    t.equal(statusOf(await scene.send(get)), 200)
    const idle = scene.upstream.connections.at(-1)
    idle?.socket.write('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n')
    await next(scene)
  })
})

t.test('an answer before the body is through', async t => {
  t.test('reaches the client, which may go on sending', async t => {
    const scene = await stage.scene(t)
    scene.upstreamDoes(({ write }) => {
      write('HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno')
    })
    const client = await scene.client()
    client.write('POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n')
    const answered = await client.response()
    t.strictSame([statusOf(answered), answered.body.toString()], [413, 'no'])
    t.match(headerOf(answered, 'connection'), 'close')
    for (let n = 0; n < 10; n++) client.write('a'.repeat(100_000))
    client.end()
    t.equal(await client.closed(), 'fin', 'no reset takes the answer away')
    await scene.upstreamLeft()
  })
})

t.test('trailers go both ways, promised and kept', async t => {
  const scene = await stage.scene(t)
  scene.upstreamDoes(
    'HTTP/1.1 200 OK\r\nTrailer: X-Sum, X-Late\r\nTransfer-Encoding: chunked\r\n\r\n' +
      '3\r\nabc\r\n0\r\nX-Sum: 1\r\nX-Late: 2\r\nAccess-Control-Allow-Origin: *\r\n\r\n',
  )
  const answered = await scene.send(
    'POST /p HTTP/1.1\r\nHost: a\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n' +
      '3\r\nabc\r\n0\r\nX-Sum: 9\r\nHost: evil.test\r\n\r\n',
  )
  t.strictSame(scene.seen().trailers, [['X-Sum', '9']])
  t.equal(headerOf(scene.seen(), 'host'), 'a')
  t.strictSame(answered.trailers, [
    ['X-Sum', '1'],
    ['X-Late', '2'],
  ])
})

t.test('events flow one by one, head first', async t => {
  const scene = await stage.scene(t)
  const turns: Turn[] = []
  scene.upstreamDoes(turn => {
    turns.push(turn)
    turn.write(
      'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n',
    )
  })
  const client = await scene.client()
  client.write(get)
  t.equal(headerOf(await client.head(), 'content-type'), 'text/event-stream', 'before any event')
  for (let n = 0; n < 5; n++) {
    const event = `data: ${n}\n\n`
    turns[0]?.write(`${event.length.toString(16)}\r\n${event}\r\n`)
    await client.until(
      () => client.reader.partial?.body.toString().endsWith(event) || undefined,
      `event ${n}, before the next is sent`,
    )
  }
  client.destroy()
  await scene.upstreamLeft()
})

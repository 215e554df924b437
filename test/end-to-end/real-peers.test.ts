// Servers and clients from packages work through the sidecar as they do without it.

import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { truncateSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { WebSocket } from 'ws'
import { ask, digest } from '../support/ask.js'
import { pageOrigin } from '../support/forwarding-scene.js'
import { need } from '../support/need.js'
import { memoryOf } from '../support/process-memory.js'
import { hasGunicorn, startHttpbin, startNginx } from '../support/real-peers.js'
import { type SidecarProcess, startSidecar } from '../support/sidecar-process.js'
import { startWsEcho } from '../support/ws-echo.js'

const nginx = need('nginx')
const httpbin = need('httpbin')
const curl = need('curl')
const run = promisify(execFile)
const gibibyte = 2 ** 30
const needsProc = process.platform === 'linux' ? false : 'memory is read from /proc'

t.setTimeout(240_000)

async function front(t: Test, upstream: string, flags: readonly string[] = []) {
  const sidecar = await startSidecar({ upstream, flags: ['-o', pageOrigin, ...flags] })
  t.teardown(() => sidecar.stop())
  return sidecar
}

/**
 * The most by which the sidecar's memory grew during `work`, in MiB. `warmUp` comes first: a fresh
 * process takes some tens of MiB for its heap at the first transfer, whatever its size.
 */
async function growthDuring(
  sidecar: SidecarProcess,
  warmUp: () => Promise<unknown>,
  work: () => Promise<unknown>,
) {
  await warmUp()
  const before = memoryOf(sidecar.pid).nowMib
  let most = before
  const watch = setInterval(() => {
    most = Math.max(most, memoryOf(sidecar.pid).nowMib)
  }, 50)
  await work()
  clearInterval(watch)
  return most - before
}

t.test('nginx', { skip: nginx.skip }, async t => {
  t.setTimeout(120_000)
  const text = 'abcdefghijklmnopqrstuvwxyz'
  const peer = await startNginx(nginx.path, {
    'letters.json': text,
    'long.json': text.repeat(1_000),
    'upload/kept.json': '',
  })
  t.teardown(() => peer.close())
  const sidecar = await front(t, peer.url)
  const letters = `${sidecar.url}/letters.json`

  await t.test('a range', async t => {
    const part = await ask(letters, { headers: { Range: 'bytes=2-4' } })
    t.strictSame([part.status, part.body.toString()], [206, 'cde'])
    t.equal(part.headers['content-range'], 'bytes 2-4/26')
  })
  await t.test('two ranges at once', async t => {
    const part = await ask(letters, { headers: { Range: 'bytes=0-1,24-25' } })
    t.equal(part.status, 206)
    t.match(part.headers['content-type'], /^multipart\/byteranges; boundary=/)
    t.match(part.body.toString(), /bytes 0-1\/26\s+ab\s[\s\S]*bytes 24-25\/26\s+yz\s/)
  })
  await t.test('a range outside the file', async t => {
    t.equal((await ask(letters, { headers: { Range: 'bytes=99-' } })).status, 416)
  })
  await t.test('what the client has already', async t => {
    const { etag = '' } = (await ask(letters)).headers
    const again = await ask(letters, { headers: { 'If-None-Match': etag } })
    t.strictSame([again.status, again.body.length, again.headers.etag], [304, 0, etag])
  })
  await t.test('what it compresses for curl, with nothing but gzip on', async t => {
    for (const path of ['/long.json', '/letters.json']) {
      const headers = { 'Accept-Encoding': 'gzip' }
      const direct = await ask(peer.url + path, { headers })
      const proxied = await ask(sidecar.url + path, { headers })
      t.equal(proxied.headers['content-encoding'], direct.headers['content-encoding'], path)
      if (path === '/long.json') t.equal(direct.headers['content-encoding'], 'gzip')
      t.equal(digest(proxied.body), digest(direct.body))
    }
  })
  await t.test('HEAD', async t => {
    const head = await ask(letters, { method: 'HEAD' })
    t.strictSame([head.headers['content-length'], head.body.length], ['26', 0])
  })
  await t.test('an upload', async t => {
    const body = randomBytes(100_000)
    const put = await ask(`${sidecar.url}/upload/new.bin`, { method: 'PUT', body })
    t.equal(put.status, 201)
    const got = await ask(`${sidecar.url}/upload/new.bin`)
    t.equal(digest(got.body), digest(body))
  })
  await t.test('1 GiB, with memory flat', { skip: needsProc || curl.skip }, async t => {
    t.setTimeout(120_000)
    const big = join(peer.root, 'big.bin')
    writeFileSync(big, '')
    truncateSync(big, gibibyte)
    const download = async (range: string) => {
      const { stdout } = await run(curl.path, [
        ...['-s', '-o', '/dev/null', '-w', '%{size_download}', '-r', range],
        ...['-H', `Origin: ${pageOrigin}`, `${sidecar.url}/big.bin`],
      ])
      return Number(stdout)
    }
    const growth = await growthDuring(
      sidecar,
      () => download(`0-${gibibyte / 16}`),
      async () => t.equal(await download('0-'), gibibyte),
    )
    t.ok(growth < 64, `memory grew by ${growth.toFixed(0)} MiB`)
  })
})

t.test('httpbin', { skip: httpbin.skip }, async t => {
  t.setTimeout(60_000)
  const peer = await startHttpbin(httpbin.path)
  t.teardown(() => peer.close())
  const sidecar = await front(t, peer.url)
  const through = (path: string) => sidecar.url + path

  await t.test('answers as it does directly', async t => {
    for (const path of [
      '/bytes/100000?seed=7',
      '/stream-bytes/50000?seed=7&chunk_size=777',
      '/drip?numbytes=5&duration=0.3',
      '/encoding/utf8',
      '/html',
      '/image/png',
      '/links/3/0',
      '/robots.txt',
      '/status/204',
      '/status/418',
      '/status/500',
    ]) {
      const direct = await ask(peer.url + path)
      const proxied = await ask(through(path))
      t.equal(proxied.status, direct.status, `${path}: status`)
      t.equal(proxied.headers['content-type'], direct.headers['content-type'], `${path}: type`)
      t.equal(digest(proxied.body), digest(direct.body), `${path}: body`)
    }
  })
  await t.test('streams lines of JSON', async t => {
    const lines = (await ask(through('/stream/20'))).body.toString().trim().split('\n')
    t.strictSame(
      lines.map(line => JSON.parse(line).id),
      Array.from({ length: 20 }, (_, n) => n),
    )
  })
  await t.test('sends coded bodies as they are', async t => {
    for (const [path, coding, decode] of [
      ['/gzip', 'gzip', gunzipSync],
      ['/deflate', 'deflate', inflateSync],
      ['/brotli', 'br', brotliDecompressSync],
    ] as const) {
      const { headers, body } = await ask(through(path))
      t.equal(headers['content-encoding'], coding)
      t.equal(JSON.parse(decode(body).toString()).method, 'GET', coding)
    }
  })
  await t.test('gets the target as it was sent', async t => {
    const { body } = await ask(through('/anything/a%20b//c?d=%2F&e'))
    t.match(JSON.parse(body.toString()), {
      url: `${sidecar.url}/anything/a%20b//c?d=%2F&e`,
      args: { d: '/' },
    })
  })
  await t.test('takes all methods, with their bodies', async t => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const answer = await ask(through(`/${method.toLowerCase()}?q=1`), {
        method,
        headers: { 'Content-Type': 'application/json' },
        body: '{"a":1}',
      })
      t.match(JSON.parse(answer.body.toString()), { args: { q: '1' }, json: { a: 1 } }, method)
    }
    t.equal((await ask(through('/get'), { method: 'HEAD' })).body.length, 0, 'HEAD')
    t.match((await ask(through('/get'), { method: 'OPTIONS' })).headers.allow, /GET/, 'OPTIONS')
  })
  const needsGunicorn = (await hasGunicorn(httpbin.path))
    ? false
    : 'httpbin reads chunks under gunicorn only'
  await t.test('takes a chunked upload', { skip: needsGunicorn }, async t => {
    const answer = await ask(through('/post'), {
      method: 'POST',
      headers: { 'Transfer-Encoding': 'chunked', 'Content-Type': 'text/plain' },
      body: 'hello',
    })
    t.match(JSON.parse(answer.body.toString()), { data: 'hello' })
  })
  await t.test('redirects back to the sidecar, relative and absolute', async t => {
    const absolute = await ask(through('/absolute-redirect/2'))
    t.equal(absolute.headers.location, `${sidecar.url}/absolute-redirect/1`)
    t.equal((await ask(through('/redirect/2'))).headers.location, '/relative-redirect/1')
    const foreign = await ask(through('/redirect-to?url=https://example.com/'))
    t.equal(foreign.headers.location, 'https://example.com/')
  })
  await t.test('sets two cookies on two lines', async t => {
    const { headers } = await ask(through('/cookies/set?a=1&b=2'))
    t.strictSame(headers['set-cookie'], ['a=1; Path=/', 'b=2; Path=/'])
  })
  await t.test('asks for a password, and takes it', async t => {
    const refused = await ask(through('/basic-auth/me/secret'))
    t.strictSame(
      [refused.status, refused.headers['www-authenticate']],
      [401, 'Basic realm="Fake Realm"'],
    )
    const authorization = `Basic ${Buffer.from('me:secret').toString('base64')}`
    const allowed = await ask(through('/basic-auth/me/secret'), { headers: { authorization } })
    t.equal(allowed.status, 200)
  })
  await t.test('has its own CORS headers replaced by one of ours', async t => {
    const lines = (raw: readonly string[]) =>
      raw.filter(
        (_, at) => at % 2 === 1 && /^access-control-allow-origin$/i.test(raw[at - 1] ?? ''),
      )
    const page = await ask(through('/get'), { headers: { Origin: pageOrigin } })
    t.strictSame(lines(page.rawHeaders), [pageOrigin])
    const stranger = await ask(through('/get'), { headers: { Origin: 'https://evil.example' } })
    t.strictSame(lines(stranger.rawHeaders), [])
  })
})

t.test('a ws server', async t => {
  t.setTimeout(60_000)
  const echo = await startWsEcho()
  t.teardown(() => echo.close())
  const sidecar = await front(t, echo.url)
  const url = sidecar.url.replace('http', 'ws')

  async function open(): Promise<WebSocket> {
    const socket = new WebSocket(url, { origin: pageOrigin, perMessageDeflate: false })
    await once(socket, 'open')
    return socket
  }
  async function echoOf(socket: WebSocket, message: string | Buffer): Promise<Buffer> {
    const answered = once(socket, 'message')
    socket.send(message)
    return (await answered)[0] as Buffer
  }

  await t.test('with 1,000 sockets at once', async t => {
    const sockets: WebSocket[] = []
    while (sockets.length < 1_000) {
      sockets.push(...(await Promise.all(Array.from({ length: 50 }, open))))
    }
    t.equal(echo.open, 1_000)
    const echoes = await Promise.all(sockets.map((socket, n) => echoOf(socket, `${n}`)))
    t.ok(
      echoes.every((text, n) => text.toString() === `${n}`),
      'each gets its own echo',
    )
    await Promise.all(
      sockets.map(socket => {
        socket.close()
        return once(socket, 'close')
      }),
    )
    await sidecar.log(
      () => sidecar.logs.filter(line => line.event === 'upgrade-closed').length === 1_000,
      'every upgrade to be closed',
    )
    await echo.empty()
    t.equal(echo.open, 0, 'nothing is left open at the server')
  })
  await t.test('with messages of 1 MiB', async t => {
    const socket = await open()
    t.teardown(() => socket.terminate())
    for (let n = 0; n < 10; n += 1) {
      const message = randomBytes(2 ** 20)
      t.equal(digest(await echoOf(socket, message)), digest(message), `message ${n + 1}`)
    }
  })
  await t.test('closed with a code and a reason', async t => {
    const socket = await open()
    const closed = once(socket, 'close')
    socket.close(4001, 'done')
    const [code, reason] = await closed
    t.strictSame([code, String(reason)], [4001, 'done'])
  })
})

t.test('curl', { skip: curl.skip }, async t => {
  t.setTimeout(120_000)
  const seen: { length: number; expect: string | undefined; coding: string | undefined }[] = []
  const sink = createServer((request, response) => {
    let length = 0
    request.on('data', (piece: Buffer) => {
      length += piece.length
    })
    request.on('end', () => {
      const { expect, 'transfer-encoding': coding } = request.headers
      seen.push({ length, expect, coding })
      // Without a length, so that its framing is up to what the client understands.
      response.write('taken ')
      response.end(String(length))
    })
  })
  await new Promise<void>(resolve => sink.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    sink.closeAllConnections()
    sink.close()
  })
  const { port } = sink.address() as AddressInfo
  const sidecar = await front(t, `http://127.0.0.1:${port}`)
  const directory = t.testdir({ big: '', small: 'a'.repeat(3_000) })

  await t.test('--http1.0 gets an answer without chunks', async t => {
    const { stdout } = await run(curl.path, ['-s', '-i', '--http1.0', sidecar.url])
    t.match(stdout, /^HTTP\/1\.1 200 OK\r\n/)
    t.notMatch(stdout, /transfer-encoding/i)
    t.match(stdout, /\r\n\r\ntaken 0$/)
  })
  await t.test('Expect: 100-continue', async t => {
    const { stdout, stderr } = await run(curl.path, [
      ...[
        '-s',
        '-v',
        '-H',
        'Expect: 100-continue',
        '--data-binary',
        `@${join(directory, 'small')}`,
      ],
      sidecar.url,
    ])
    t.match(stderr, /HTTP\/1\.1 100 Continue/)
    t.equal(stdout, 'taken 3000')
    t.equal(seen.at(-1)?.expect, undefined, 'answered here, not passed on')
  })
  await t.test('a chunked upload from a pipe', async t => {
    const { stdout } = await run('sh', [
      '-c',
      `head -c 100000 /dev/zero | "${curl.path}" -s -T - -H 'Expect:' ${sidecar.url}/up`,
    ])
    t.equal(stdout, 'taken 100000')
    t.equal(seen.at(-1)?.coding, 'chunked')
  })
  await t.test('--upload-file of 1 GiB, with memory flat', { skip: needsProc }, async t => {
    t.setTimeout(120_000)
    const upload = async (size: number) => {
      const big = join(directory, 'big')
      truncateSync(big, size)
      const { stdout } = await run(curl.path, ['-s', '--upload-file', big, `${sidecar.url}/up`])
      return stdout
    }
    const growth = await growthDuring(
      sidecar,
      () => upload(gibibyte / 16),
      async () => t.equal(await upload(gibibyte), `taken ${gibibyte}`),
    )
    t.ok(growth < 64, `memory grew by ${growth.toFixed(0)} MiB`)
  })
})

t.test("Node's own client and server exchange trailers", async t => {
  const server = createServer((request, response) => {
    request.resume()
    request.on('end', () => {
      response.writeHead(200, { Trailer: 'X-Sum' })
      response.write('body')
      response.addTrailers({ 'X-Sum': String(request.trailers['x-checksum']) })
      response.end()
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const sidecar = await front(t, `http://127.0.0.1:${port}`)
  const answer = await ask(sidecar.url, {
    method: 'POST',
    body: 'hello',
    trailers: { 'X-Checksum': '5d41' },
  })
  t.equal(answer.body.toString(), 'body')
  t.strictSame({ ...answer.trailers }, { 'x-sum': '5d41' })
})

// Upstreams that fail.
import { memoryOf } from '../../support/process-memory.js'
import type { RawClient } from '../../support/raw-client.js'
import { okAnswer } from '../../support/raw-upstream.js'
import { statusOf } from '../../support/strict-http.js'
import { get, getFromPage, isOk, readable, type Script, unreachable } from './script.js'

export const failing: Readonly<Record<string, Script>> = {
  'truncated-cl': truncated('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc', 'fin'),
  'truncated-chunked-fin': truncated(
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n',
    'fin',
  ),
  'truncated-chunked-rst': truncated(
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n',
    'rst',
  ),
  'upstream-close-no-reply': {
    async run(scene) {
      scene.upstreamDoes(({ whenWhole, fin }) => whenWhole(fin))
      readable(scene, await scene.send(getFromPage), 502)
    },
  },
  'connect-timeout': unreachable(async scene =>
    readable(scene, await scene.send(getFromPage), 504),
  ),
  'headers-timeout': {
    options: { flags: ['--upstream-timeout', '1s'] },
    async run(scene) {
      scene.upstreamDoes(() => undefined)
      readable(scene, await scene.send(getFromPage), 504)
      await scene.upstreamLeft()
    },
  },
  'early-response-413': {
    async run({ t, client, upstream, upstreamDoes }) {
      upstreamDoes(({ write, fin }) => {
        write('HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
        fin()
      })
      const uploading = await client()
      const start = 'POST /p HTTP/1.1\r\nHost: a.test\r\nContent-Length: 1000000\r\n\r\n'
      uploading.write(start + 'a'.repeat(1024))
      t.equal(statusOf(await uploading.response()), 413, 'status')
      // The rest of the body ends in a request: taken for one, it would be answered.
      uploading.write('a'.repeat(1_000_000 - 1024 - get.length) + get)
      await closedOrServing(uploading)
      const asked = upstream.begun.map(({ startLine }) => startLine)
      t.strictSame(asked.slice(0, 1), ['POST /p HTTP/1.1'], 'the upload was forwarded')
      t.notOk(asked.includes('GET /p HTTP/1.1'), 'no body byte is taken for the next request')
    },
  },
  'ka-race-get': {
    async run(scene) {
      const { t, upstream } = scene
      for (const connection of upstream.connections) connection.socket.destroy()
      scene.upstreamDoes(({ connection, whenWhole, write, reset }) =>
        whenWhole(() => (connection.reader.messages.length === 2 ? reset() : write(okAnswer))),
      )
      const client = await scene.client()
      client.write(get)
      isOk(scene, await client.response(0))
      client.write(get)
      isOk(scene, await client.response(1))
      const [first] = upstream.requests
      t.strictSame(
        upstream.requests.map(({ connection }) => connection === first?.connection),
        [true, true, false],
        'the second request is sent again, on another connection',
      )
      client.write('POST /p HTTP/1.1\r\nHost: a.test\r\nContent-Length: 2\r\n\r\nhi')
      t.equal(statusOf(await client.response(2)), 502, 'a POST fails instead')
      t.equal(upstream.requests.length, 4, 'and was sent once')
    },
  },
  'backpressure-download': {
    skip: process.platform === 'linux' ? false : 'reads /proc',
    async run({ t, client, sidecar, upstream, upstreamDoes }) {
      const total = 100 * 1024 * 1024
      const piece = Buffer.alloc(256 * 1024, 'a')
      let written = 0
      upstreamDoes(({ write, connection }) => {
        write(`HTTP/1.1 200 OK\r\nContent-Length: ${total}\r\n\r\n`)
        function more(): void {
          while (written < total && !connection.socket.destroyed) {
            written += piece.length
            if (connection.socket.write(piece)) continue
            connection.socket.once('drain', more)
            return
          }
        }
        more()
      })
      const before = memoryOf(sidecar.pid).nowMib
      const stuck = await client()
      stuck.pause()
      stuck.write(get)
      await upstream.until(() => upstream.begun[0], 'the request')
      for (let last = -1; last !== written; ) {
        last = written
        await new Promise(resolve => setTimeout(resolve, 300))
      }
      t.ok(written < total / 2, `the upstream is held back after ${written >> 20} MiB`)
      const growth = memoryOf(sidecar.pid).nowMib - before
      t.ok(growth < 24, `memory grew by ${growth.toFixed(1)} MiB`)
    },
  },
}

/** The end follows once the client has the bytes before it, so that it cannot overtake them. */
function truncated(bytes: string, how: 'fin' | 'rst'): Script {
  return {
    async run({ t, client, upstream, upstreamDoes }) {
      upstreamDoes(bytes)
      const reading = await client()
      reading.write(get)
      await reading.until(() => reading.reader.partial?.body.length || undefined, 'the part body')
      const socket = upstream.connections.at(-1)?.socket
      if (how === 'rst') socket?.resetAndDestroy()
      else socket?.end()
      await reading.closed()
      t.strictSame(reading.responses(), [], 'no whole response')
      t.equal(reading.reader.partial?.body.toString(), 'abc', 'what came before, nothing after it')
    },
  }
}

/** Either ending is right: the connection closes, or it has swallowed the body and serves on. */
async function closedOrServing(client: RawClient): Promise<void> {
  client.write('GET /next HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n')
  await client.closed()
}

// What happens to the process itself: killed, frozen, out of descriptors, short of memory, with a
// clock that jumps, with a fault of its own. Signals that stop or reload it are in
// test/operations; PID 1, a read-only file system and a foreign user in scripts/check-image.sh.

import { execFileSync } from 'node:child_process'
import { connect, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { pageOrigin } from '../support/forwarding-scene.js'
import { isFullRun, startOthers } from '../support/others.js'
import { preload } from '../support/preload.js'
import { memoryOf } from '../support/process-memory.js'
import { exchange, openRawClient } from '../support/raw-client.js'
import { answer, okAnswer, type Script, startRawUpstream } from '../support/raw-upstream.js'
import {
  type SidecarOptions,
  type SidecarProcess,
  startSidecar,
} from '../support/sidecar-process.js'
import { headerOf, statusOf } from '../support/strict-http.js'

const isLinux = process.platform === 'linux' ? false : 'needs Linux'
const get = `GET /p HTTP/1.1\r\nHost: a.test\r\nOrigin: ${pageOrigin}\r\n\r\n`
const preflight = `OPTIONS /p HTTP/1.1\r\nHost: a.test\r\nOrigin: ${pageOrigin}\r\nAccess-Control-Request-Method: PUT\r\n\r\n`
const mebibyte = 1024 * 1024

async function start(t: Test, options: SidecarOptions = {}, script: Script = answer(okAnswer)) {
  const others = await startOthers(t)
  const upstream = await startRawUpstream(script, { patienceMs: 60_000 })
  const sidecar = await startSidecar({
    upstream: upstream.url,
    ...options,
    flags: ['--allow-origin', pageOrigin, ...others.flags, ...(options.flags ?? [])],
  })
  t.teardown(async () => {
    await sidecar.stop()
    await upstream.close()
  })
  const othersUnharmed = (fault: () => Promise<void>) => others.unharmed(sidecar.port, fault)
  return { upstream, sidecar, othersUnharmed }
}

t.test('killed, it serves again on the same port at once', async t => {
  const { upstream, sidecar } = await start(t)
  const client = await openRawClient({ port: sidecar.port })
  client.write(get)
  await client.response()
  sidecar.signal('SIGKILL')
  await sidecar.exited()
  client.destroy()
  const begun = performance.now()
  const again = await startSidecar({
    upstream: upstream.url,
    listen: `127.0.0.1:${sidecar.port}`,
    flags: ['--allow-origin', pageOrigin],
  })
  t.teardown(() => again.stop())
  t.equal(again.port, sidecar.port)
  t.equal(statusOf(await exchange(again.port, get)), 200)
  const ms = performance.now() - begun
  t.ok(ms < (isFullRun ? 1_000 : 10_000), `after ${ms.toFixed(0)} ms`)
})

t.test('frozen for two seconds, it gives up nobody when it goes on', async t => {
  const answers: (() => void)[] = []
  const { upstream, sidecar } = await start(
    t,
    { flags: ['--upstream-timeout', '1s', '--request-idle-timeout', '1s'] },
    ({ whenWhole, write }) => whenWhole(() => answers.push(() => write(okAnswer))),
  )
  const [waiting, sending] = await Promise.all([
    openRawClient({ port: sidecar.port }),
    openRawClient({ port: sidecar.port }),
  ])
  waiting.write(get)
  sending.write('POST /p HTTP/1.1\r\nHost: a.test\r\nContent-Length: 2\r\n\r\nh')
  await upstream.until(() => upstream.begun.length === 2 || undefined, 'both requests')
  sidecar.signal('SIGSTOP')
  await new Promise(resolve => setTimeout(resolve, 2_000))
  sidecar.signal('SIGCONT')
  sending.write('i')
  await upstream.until(() => answers.length === 2 || undefined, 'both bodies')
  for (const give of answers) give()
  t.equal(statusOf(await waiting.response()), 200, 'the one who waited for its answer')
  t.equal(statusOf(await sending.response()), 200, 'the one who was sending its body')
  waiting.destroy()
  sending.destroy()
})

t.test('a clock that jumps about ends nothing early and nothing late', async t => {
  const jumping = `
    const real = Date.now
    let day = 0
    setInterval(() => { day = day === 0 ? 86400000 : -day }, 50).unref()
    const jumped = () => real() + day
    globalThis.Date = class extends Date {
      constructor(...given) { given.length === 0 ? super(jumped()) : super(...given) }
      static now() { return jumped() }
    }`
  const { upstream, sidecar } = await start(
    t,
    { nodeFlags: preload(jumping), flags: ['--upstream-timeout', '1s'] },
    ({ index, whenWhole, write }) =>
      whenWhole(() => index === 0 && setTimeout(() => write(okAnswer), 500)),
  )
  t.equal(statusOf(await exchange(sidecar.port, get)), 200, 'an answer within the time')
  const begun = performance.now()
  t.equal(statusOf(await exchange(sidecar.port, get)), 504, 'and none')
  const ms = performance.now() - begun
  t.ok(ms > 990 && ms < 5_000, `after ${ms.toFixed(0)} ms`)
  t.equal(upstream.requests.length, 2)
  const { durationMs } = await sidecar.log(line => line.status === 504, 'the request')
  t.ok(Number(durationMs) > 990 && Number(durationMs) < 5_000, 'the log is not misled either')
})

t.test('out of descriptors, it sheds what is too much and recovers', { skip: isLinux }, async t => {
  const { sidecar, othersUnharmed } = await start(t)
  t.equal(statusOf(await exchange(sidecar.port, get)), 200)
  await othersUnharmed(() => runOutOfDescriptors(t, sidecar))
  let status = 0
  while (status !== 200) {
    status = await exchange(sidecar.port, get).then(statusOf, () => 0)
  }
  t.equal(status, 200, 'once they are gone it serves again')
})

async function runOutOfDescriptors(t: Test, sidecar: SidecarProcess): Promise<void> {
  execFileSync('prlimit', ['--pid', String(sidecar.pid), '--nofile=64:64'])
  const sockets: Socket[] = []
  for (let n = 0; n < 200; n++) {
    const socket = connect(sidecar.port, '127.0.0.1')
    socket.on('error', () => socket.destroy())
    sockets.push(socket)
  }
  // It has as many connections as it can hold, and turns the others away.
  const gone = () => sockets.filter(({ destroyed, readableEnded }) => destroyed || readableEnded)
  for (const socket of sockets) socket.resume()
  while (gone().length < 100) await new Promise(resolve => setTimeout(resolve, 20))
  t.ok(sidecar.alive, 'it lives')
  for (const socket of sockets) socket.destroy()
}

t.test('with a small heap, large bodies pass both ways', { skip: isLinux }, async t => {
  const total = (isFullRun ? 1_024 : 128) * mebibyte
  const { sidecar, othersUnharmed } = await start(
    t,
    { nodeFlags: ['--max-old-space-size=64'] },
    ({ connection: { socket }, head, write, whenWhole }) => {
      if (!head.startLine.startsWith('GET')) {
        whenWhole(() => write(okAnswer))
        return
      }
      write(`HTTP/1.1 200 OK\r\nContent-Length: ${total}\r\n\r\n`)
      sendAll(socket, total)
    },
  )
  await t.test('down, to a client that is slow at first', async t => {
    const socket = connect(sidecar.port, '127.0.0.1')
    socket.pause()
    socket.write(get)
    await new Promise(resolve => setTimeout(resolve, 500))
    let received = 0
    await othersUnharmed(
      () =>
        new Promise<void>((resolve, reject) => {
          socket.on('error', reject)
          socket.on('data', chunk => {
            received += chunk.length
            if (received > total) resolve()
          })
          socket.on('close', () => reject(new Error(`closed after ${received} bytes`)))
          socket.resume()
        }),
    )
    socket.destroy()
    t.ok(received > total, 'all of it')
  })
  const sized = await start(t, { nodeFlags: ['--max-old-space-size=64'] }, countingSink())
  await t.test('up', async t => {
    const socket = connect(sized.sidecar.port, '127.0.0.1')
    socket.write(`PUT /big HTTP/1.1\r\nHost: a.test\r\nContent-Length: ${total}\r\n\r\n`)
    const answered = new Promise<string>((resolve, reject) => {
      socket.on('error', reject)
      socket.once('data', data => resolve(data.toString('latin1')))
    })
    await sized.othersUnharmed(async () => {
      sendAll(socket, total)
      t.match(await answered, /^HTTP\/1\.1 200 /)
    })
    socket.destroy()
  })
  for (const { pid } of [sidecar, sized.sidecar]) {
    const { peakMib } = memoryOf(pid)
    t.ok(peakMib < 256, `at its peak it took ${peakMib.toFixed(0)} MiB`)
  }
})

/** Answers when as much has come as the head announced, and keeps none of it. */
function countingSink(): Script {
  return ({ head, connection: { socket }, write }) => {
    const length = Number(headerOf(head, 'content-length'))
    socket.removeAllListeners('data')
    socket.on('data', () => {
      if (socket.bytesRead > length) write(okAnswer)
    })
  }
}

function sendAll(socket: Socket, total: number): void {
  const piece = Buffer.alloc(64 * 1024)
  let left = total
  const more = () => {
    while (left > 0 && !socket.destroyed) {
      left -= piece.length
      if (!socket.write(piece)) return
    }
  }
  socket.on('drain', more)
  more()
}

t.test('a fault of its own', async t => {
  const throwing = `
    import { ServerResponse } from 'node:http'
    let isArmed = false
    process.on('SIGUSR2', () => { isArmed = true })
    const { writeHead } = ServerResponse.prototype
    ServerResponse.prototype.writeHead = function (...given) {
      if (isArmed && this.req.method === 'OPTIONS') { isArmed = false; throw new Error('injected') }
      return writeHead.apply(this, given)
    }
    process.on('SIGWINCH', () => { throw new Error('injected, and caught by nobody') })`

  t.test('within a request costs that request', async t => {
    const { sidecar, othersUnharmed } = await start(t, { nodeFlags: preload(throwing) })
    t.equal(statusOf(await exchange(sidecar.port, preflight)), 204)
    await othersUnharmed(async () => {
      sidecar.signal('SIGUSR2')
      let status = 204
      while (status === 204) status = statusOf(await exchange(sidecar.port, preflight))
      t.equal(status, 500)
    })
    const line = await sidecar.log(({ event }) => event === 'internal-error', 'the fault')
    t.match(line.error, /injected/)
    t.equal(statusOf(await exchange(sidecar.port, preflight)), 204, 'the next is served')
    t.equal(statusOf(await exchange(sidecar.port, get)), 200)
  })

  t.test('outside of any: it says so, finishes what is under way, and exits with 1', async t => {
    const answers: (() => void)[] = []
    const { sidecar, upstream } = await start(
      t,
      { nodeFlags: preload(throwing) },
      ({ whenWhole, write }) => whenWhole(() => answers.push(() => write(okAnswer))),
    )
    const client = await openRawClient({ port: sidecar.port })
    client.write(get)
    await upstream.until(() => answers[0], 'the request')
    sidecar.signal('SIGWINCH')
    const line = await sidecar.log(({ event }) => event === 'internal-error', 'the fault')
    t.match(line.error, /injected, and caught by nobody/)
    answers[0]?.()
    t.equal(statusOf(await client.response()), 200, 'the request under way is answered')
    t.match(await sidecar.exited(), { code: 1, signal: null })
  })
})

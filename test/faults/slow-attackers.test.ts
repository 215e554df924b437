// All slow clients at once, each coming back as soon as it is cut. A full run leaves the limits as
// they are and goes on for three minutes; otherwise they are short, and it ends after some seconds.

import { readdirSync } from 'node:fs'
import { Agent, createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import t from 'tap'
import { askForWhole } from '../support/open-loop.js'
import { isFullRun, othersPath, startOthers } from '../support/others.js'
import { forgetPeak, memoryOf } from '../support/process-memory.js'
import { startSidecar } from '../support/sidecar-process.js'

const isLinux = process.platform === 'linux' ? false : 'reads /proc'

const limitsMs = isFullRun
  ? { head: 10_000, body: 30_000, reader: 60_000 }
  : { head: 3_000, body: 3_000, reader: 6_000 }
const counts = isFullRun
  ? { head: 1_500, body: 300, reader: 200 }
  : { head: 300, body: 100, reader: 50 }
const attackMs = isFullRun ? 180_000 : 8_000
/** Between two bytes of a head or body, which come for half as long as the limit is. */
const dripMs = isFullRun ? 1_000 : 500
/**
 * The share of readers that may have a second limit. 200 of them with both their ends on one machine
 * exhaust the kernel's memory for TCP; a client's own kernel then takes what is left of its first
 * 128 KiB when its window is probed, up to a minute late, which is no different from reading. And on
 * a machine where other tests leave tens of thousands of ended connections, looking takes its time.
 */
const lateReaders = isFullRun ? 0.05 : 0.2
/** What a limit may be late by: it is looked at once or twice a second. A busy machine needs more. */
const lateMs = isFullRun ? 2_000 : 6_000
/** More resident memory at the peak than before. */
const mostMib = 64
const bigBody = 64 * 1024 * 1024

type Kind = keyof typeof limitsMs

/** One that holds a place; its time runs from `since`, which every byte of a body sets anew. */
interface Attacker {
  readonly kind: Kind
  readonly socket: Socket
  since: number
  end(): void
}

t.test('slow heads, slow bodies and slow readers together', { skip: isLinux }, async t => {
  const attackers = new Set<Attacker>()
  const held: Record<Kind, number[]> = { head: [], body: [], reader: [] }
  let isOver = false

  const api = createServer((request, response) => {
    if (request.url?.startsWith('/big') === true) sendBig(response)
    else request.resume()
  })
  const readers = new Map<string, Attacker>()
  api.on('request', ({ url }, response) => {
    // A client that reads nothing does not see its end either; the upstream does.
    response.on('close', () => readers.get(String(url))?.end())
  })
  api.listen(0, '127.0.0.1')
  await new Promise(resolve => api.once('listening', resolve))
  t.teardown(() => {
    api.closeAllConnections()
    api.close()
  })

  const others = await startOthers(t)
  const sidecar = await startSidecar({
    upstream: `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
    flags: [
      ...others.flags,
      ...['--max-connections', '4096', '--max-in-flight', '1024', '--log-requests', 'errors'],
      ...(isFullRun
        ? []
        : [
            ...['--headers-timeout', '3s', '--request-idle-timeout', '3s'],
            ...['--response-idle-timeout', '6s'],
          ]),
    ],
  })
  t.teardown(() => sidecar.stop())

  let index = 0
  const attack = (kind: Kind) => {
    const socket = connect(sidecar.port, '127.0.0.1')
    const path = `/big/${index++}`
    const attacker: Attacker = {
      kind,
      socket,
      since: performance.now(),
      end() {
        if (!attackers.delete(attacker)) return
        readers.delete(path)
        socket.destroy()
        held[kind].push(performance.now() - attacker.since)
        if (!isOver) attack(kind)
      },
    }
    attackers.add(attacker)
    socket.on('error', () => undefined)
    socket.on('close', () => attacker.end())
    if (kind === 'reader') {
      socket.pause()
      readers.set(path, attacker)
      socket.write(`GET ${path} HTTP/1.1\r\nHost: a.test\r\n\r\n`)
      return
    }
    socket.resume()
    socket.write(
      kind === 'head'
        ? 'GET / HTTP/1.1\r\nHost: a.test\r\nX-Slow: '
        : 'POST /slow HTTP/1.1\r\nHost: a.test\r\nContent-Length: 1000000\r\n\r\n',
    )
    let bytesLeft = limitsMs[kind] / 2 / dripMs
    const drip = setInterval(() => {
      socket.write('a')
      if (kind === 'body') attacker.since = performance.now()
      if (--bytesLeft < 1) clearInterval(drip)
    }, dripMs)
    socket.on('close', () => clearInterval(drip))
  }

  const descriptors = () => readdirSync(`/proc/${sidecar.pid}/fd`).length
  // What a process takes once it has been at work is not the attackers' doing.
  const agent = new Agent({ keepAlive: true })
  for (let n = 0; n < 3_000; n++) {
    await askForWhole({ agent, port: sidecar.port, path: othersPath }, () => 'served')
  }
  agent.destroy()
  const before = { descriptors: descriptors(), memoryMib: memoryOf(sidecar.pid).nowMib }
  forgetPeak(sidecar.pid)
  await others.unharmed(sidecar.port, async () => {
    const begun = performance.now()
    for (const kind of ['head', 'body', 'reader'] as const) {
      for (let n = 0; n < counts[kind]; n++) {
        setTimeout(attack, (n * limitsMs[kind]) / counts[kind], kind)
      }
    }
    await new Promise(resolve => setTimeout(resolve, attackMs))
    isOver = true
    const attackOverAt = performance.now()
    while (attackers.size > 0 && performance.now() < attackOverAt + 120_000) {
      await new Promise(resolve => setTimeout(resolve, 50))
    }
    t.equal(attackers.size, 0, 'every one is cut')
    t.comment(`${Math.round((performance.now() - begun) / 1_000)} s`)
  })
  for (const kind of ['head', 'body', 'reader'] as const) {
    const times = held[kind]
    const longestMs = Math.round(Math.max(...times))
    const late = times.filter(ms => ms > limitsMs[kind] + lateMs).length
    const counted = `${kind}: ${times.length} cut, ${late} late, the last after ${longestMs} ms`
    const mayBeLate = kind === 'reader' ? lateReaders * times.length : 0
    t.ok(times.length >= counts[kind] && late <= mayBeLate, counted)
    const limits = kind !== 'reader' ? 1 : isFullRun ? 2 : 3
    t.ok(longestMs <= limits * limitsMs[kind] + lateMs, 'and none stays for long')
  }
  const grownMib = memoryOf(sidecar.pid).peakMib - before.memoryMib
  t.ok(grownMib <= mostMib, `memory stays flat (${grownMib.toFixed(1)} MiB more at the peak)`)
  // Idle connections to the two upstreams may still be kept.
  const kept = descriptors() - before.descriptors
  t.ok(kept <= 4, `nothing of them is left (${kept} more descriptors)`)
})

function sendBig(response: ServerResponse): void {
  const piece = Buffer.alloc(1024 * 1024)
  let left = bigBody
  response.writeHead(200, { 'Content-Length': bigBody })
  const more = () => {
    while (left > 0 && !response.destroyed) {
      left -= piece.length
      if (!response.write(piece)) return
    }
  }
  response.on('drain', more)
  more()
}

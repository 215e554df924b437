// What the parser mends, real proxies read in the same way, or not at all: bent responses that need a
// repair go through nginx and HAProxy, and come out with the status and the body that we read.

import { readFinal, received } from '../museum/visiting.js'
import { startAskedUpstream } from '../support/asked-upstream.js'
import { need } from '../support/need.js'
import { startRealProxy } from '../support/real-proxies.js'
import { bentResponse } from './bent-response.js'
import type { Fuzzer, Random } from './fuzzer.js'
import type { Reading } from './node-client.js'
import { readWithOurs } from './own-client.js'

const names = ['nginx', 'haproxy'] as const

export const peers: Fuzzer = {
  name: 'peers',
  skip: names.map(name => need(name).skip).find(reason => reason !== false) ?? false,
  atOnce: 8,
  async start() {
    const answers = new Map<string, string>()
    const upstream = await startUpstream(answers)
    const proxies = await Promise.all(
      names.map(name => startRealProxy(name, need(name).path, upstream.port)),
    )
    const tally = { same: 0, refused: 0, without: 0, longer: 0 }
    let asked = 0
    return {
      tally,
      async attempt(random) {
        const { text, reading } = mendedResponse(random)
        const target = `/${asked++}`
        answers.set(target, text)
        for (const [n, { url }] of proxies.entries()) {
          const bytes = await received(Number(new URL(url).port), 'GET', target).catch(() => '')
          const seen = readFinal(undefined, bytes)
          // nginx takes what it can't read for HTTP/0.9, and passes the bytes on without a head.
          if (seen === undefined) tally.without++
          else if (!seen.isWhole || (seen.status >= 500 && seen.status !== reading.status)) {
            tally.refused++
          } else if (seen.status === reading.status && seen.body === reading.body) tally.same++
          else if (names[n] === 'nginx' && isLonger(seen, reading, text)) tally.longer++
          else {
            const got = JSON.stringify([seen.status, seen.body])
            const meant = JSON.stringify([reading.status, reading.body])
            return `${names[n]} reads ${got}, not ${meant}: ${JSON.stringify(text)}`
          }
        }
        answers.delete(target)
        return undefined
      },
      async close() {
        await Promise.all(proxies.map(proxy => proxy.close()))
        await upstream.close()
        return undefined
      },
    }
  },
}

/**
 * nginx takes a length that it can't read for none, and reads to the end of the connection: a list of
 * one number (RFC 9110, 8.6), and one behind a tab (5.6.3).
 */
function isLonger(seen: { status: number; body: string }, read: Reading, text: string): boolean {
  const isUnread = /content-length:[^\n]*[\t,]/i.test(text)
  return isUnread && seen.status === read.status && seen.body.startsWith(read.body)
}

/** One that the parser mends and takes for whole. */
function mendedResponse(random: Random): { text: string; reading: Reading } {
  for (;;) {
    const text = bentResponse(random)
    const bytes = Buffer.from(text, 'latin1')
    const { reading, repairs } = readWithOurs('GET', bytes, () => bytes.length)
    if (reading === undefined || repairs.length === 0) continue
    // nginx takes an interim response for the final one.
    if (reading.switched === undefined && reading.interim.length === 0) return { text, reading }
  }
}

/** Sends each answer once it is asked for, and ends the connection. */
function startUpstream(answers: ReadonlyMap<string, string>) {
  return startAskedUpstream((head, socket) => {
    const target = head.split(' ', 2)[1] ?? ''
    const plain = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'
    socket.end(answers.get(target) ?? plain, 'latin1')
  })
}

// Thousands of bent upstream answers: the process lives, no client hangs, and none is sent a byte
// that is not HTTP.
//
// RESPONSES_SEED repeats a run, RESPONSES_COUNT sets its length.

import t from 'tap'
import { pageOrigin } from '../support/forwarding-scene.js'
import { mutateResponse } from '../support/mutated-responses.js'
import { seededRandom } from '../support/mutated-streams.js'
import { exchange, openRawClient } from '../support/raw-client.js'
import { answer, okAnswer, startRawUpstream } from '../support/raw-upstream.js'
import { startSidecar } from '../support/sidecar-process.js'
import { statusOf } from '../support/strict-http.js'

const seed = Number(process.env.RESPONSES_SEED ?? Math.floor(Math.random() * 2 ** 32))
const count = Number(process.env.RESPONSES_COUNT ?? 2_000)
const atOnce = 24

const requests = [
  `GET /p HTTP/1.1\r\nHost: a.test\r\nOrigin: ${pageOrigin}\r\n\r\n`,
  'HEAD /p HTTP/1.1\r\nHost: a.test\r\n\r\n',
  'POST /p HTTP/1.1\r\nHost: a.test\r\nContent-Length: 2\r\n\r\nhi',
  'OPTIONS /p HTTP/1.1\r\nHost: a.test\r\n\r\n',
  'GET /p HTTP/1.0\r\n\r\n',
  'GET /ws HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
    'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\r\n\r\n',
]

t.setTimeout(120_000)
t.comment(`RESPONSES_SEED=${seed}`)

t.test(`${count} bent answers`, async t => {
  t.setTimeout(120_000)
  const random = seededRandom(seed)
  const upstream = await startRawUpstream(({ write, fin, reset }) => {
    const { pieces, ending } = mutateResponse(random)
    write(pieces[0])
    setImmediate(() => {
      write(pieces[1])
      if (ending === 'fin') fin()
      else if (ending === 'reset') reset()
    })
  })
  const sidecar = await startSidecar({
    upstream: upstream.url,
    flags: [
      ...['-o', pageOrigin, '--upstream-timeout', '1s', '--upstream-idle-timeout', '1s'],
      ...['--cookie-rewrite', 'dev'],
    ],
  })
  t.teardown(async () => {
    await sidecar.stop()
    await upstream.close()
  })

  const invalid: string[] = []
  const hung: string[] = []
  let sent = 0
  async function ask(): Promise<void> {
    while (sent < count && sidecar.alive) {
      const request = requests[sent % requests.length] ?? ''
      sent += 1
      const method = request.slice(0, request.indexOf(' '))
      const client = await openRawClient({ port: sidecar.port, methodOf: () => method })
      client.write(request)
      const isSwitched = () => client.interim().some(interim => statusOf(interim) === 101)
      await client
        .until(
          () => client.responses()[0] ?? client.ending() ?? (isSwitched() || undefined),
          'an answer or an end',
        )
        .catch((error: Error) => hung.push(error.message))
      const { problem } = client.reader
      // What follows a switch is the other protocol's.
      if (problem && !isSwitched()) {
        invalid.push(`${problem}: ${JSON.stringify(client.received().toString('latin1'))}`)
      }
      client.destroy()
    }
  }
  await Promise.all(Array.from({ length: atOnce }, ask))

  t.ok(sidecar.alive, 'the process lives')
  t.strictSame(hung.slice(0, 5), [], 'each client gets an answer or sees the end')
  t.strictSame(invalid.slice(0, 5), [], 'and nothing but HTTP')
  t.strictSame(upstream.problems(), [], 'the upstream was sent strict HTTP')
  const faults = sidecar.logs.filter(line => line.event === 'internal-error')
  t.strictSame(faults.slice(0, 5), [], 'no handler failed')
  upstream.play(answer(okAnswer))
  const next = await exchange(sidecar.port, 'GET /next HTTP/1.1\r\nHost: a.test\r\n\r\n')
  t.equal(statusOf(next), 200, 'the next request is served')
})

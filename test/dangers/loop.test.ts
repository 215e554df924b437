// An upstream that leads back: the request goes round once, not until everything is used up.

import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { ask } from '../support/ask.js'
import { answer, okAnswer, startRawUpstream } from '../support/raw-upstream.js'
import { startSidecar } from '../support/sidecar-process.js'

/** A proxy that passes everything on to where it is told, as most do. */
async function startRelay(t: Test) {
  let target = 0
  let passed = 0
  const server = createServer((incoming, response) => {
    passed++
    const { method, url, headers } = incoming
    const outgoing = request({ port: target, method, path: url, headers }, answered => {
      response.writeHead(answered.statusCode ?? 0, answered.headers)
      answered.pipe(response)
    })
    outgoing.on('error', () => response.destroy())
    incoming.pipe(outgoing)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    passed: () => passed,
    leadTo(port: number) {
      target = port
    },
  }
}

t.test('an upstream that leads back is found out at the second pass', async t => {
  for (const [what, flags] of [
    ['by default', []],
    ['with a name in Via', ['--via', 'edge']],
    ['without one', ['--via', 'off']],
  ] as const) {
    t.test(what, async t => {
      const relay = await startRelay(t)
      const sidecar = await startSidecar({ upstream: relay.url, flags })
      t.teardown(() => sidecar.stop())
      relay.leadTo(sidecar.port)
      const { status, body } = await ask(`${sidecar.url}/x`)
      t.equal(status, 508)
      t.match(JSON.parse(body.toString()), { error: 'loop' })
      t.equal(relay.passed(), 1)
    })
  }
})

t.test('two sidecars that lead to each other are, too', async t => {
  const relay = await startRelay(t)
  const first = await startSidecar({ upstream: relay.url })
  const second = await startSidecar({ upstream: first.url })
  t.teardown(() => Promise.all([first.stop(), second.stop()]))
  relay.leadTo(second.port)
  t.equal((await ask(`${first.url}/x`)).status, 508)
  t.equal(relay.passed(), 1)
})

t.test('one sidecar behind another is no loop', async t => {
  const upstream = await startRawUpstream(answer(okAnswer))
  const inner = await startSidecar({ upstream: upstream.url })
  const outer = await startSidecar({ upstream: inner.url })
  t.teardown(async () => {
    await Promise.all([outer.stop(), inner.stop()])
    await upstream.close()
  })
  t.equal((await ask(`${outer.url}/x`)).status, 200)
})

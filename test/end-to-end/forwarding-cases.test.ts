// Every case of test/cases/forwarding.json, one raw-socket test each: what the client sees and
// what the upstream sees. After each one the process lives and the next plain request is served.

import t from 'tap'
import { readCases } from '../support/cases.js'
import { setStage } from '../support/forwarding-scene.js'
import { exchange } from '../support/raw-client.js'
import { okAnswer } from '../support/raw-upstream.js'
import { statusOf } from '../support/strict-http.js'
import { failing } from './forwarding/failing.js'
import { fidelity } from './forwarding/fidelity.js'
import { framing } from './forwarding/framing.js'
import { hopByHop } from './forwarding/hop-by-hop.js'
import { interim } from './forwarding/interim.js'
import { leaving } from './forwarding/leaving.js'
import { reaching } from './forwarding/reaching.js'
import { rewriting } from './forwarding/rewriting.js'
import { type ForwardingCase, get, type Script } from './forwarding/script.js'
import { upgrades } from './forwarding/upgrades.js'

/** Where the cases leave a choice, or ask for what this program does not offer: what holds here. */
const decided: Readonly<Record<string, string>> = {
  'res-invalid-header-name': 'left out, as browsers do: scripts print among their fields',
  'absolute-form': 'a foreign authority is 400: the destination comes from configuration only',
  'cookie-domain-star': 'cookieRewrite dev drops Secure too, where the listener is plain HTTP',
  'cookie-path': 'there is no path rewriting of cookies: the line is left as it is',
  'expect-100-end-to-end': 'answered locally, never forwarded',
  'options-chunked-body-smuggling':
    'the case says 0x24 for a chunk of 0x25 bytes: that is 400, and well counted it is forwarded',
  'trace-policy': 'TRACE is 405',
  'xff-append': 'replaced, unless the peer is trusted and appending was asked for',
}

const scripts: Readonly<Record<string, Script>> = {
  ...hopByHop,
  ...interim,
  ...framing,
  ...fidelity,
  ...rewriting,
  ...leaving,
  ...failing,
  ...upgrades,
  ...reaching,
}

const stage = await setStage()
t.setTimeout(300_000)
t.teardown(() => stage.close())

t.test('forwarding.json', async t => {
  t.setTimeout(300_000)
  const cases = readCases<ForwardingCase>('forwarding.json')
  const ids = cases.map(({ id }) => id)
  t.strictSame(Object.keys(scripts), ids, 'every case has its script')
  t.strictSame(
    Object.keys(decided).filter(id => !ids.includes(id)),
    [],
    'what was decided names real cases',
  )
  for (const each of cases) {
    const script = scripts[each.id]
    if (!script) continue
    const title = `${each.id}: ${decided[each.id] ?? each.why}`
    await t.test(title, { skip: script.skip ?? false }, async t => {
      const scene = await stage.scene(t, script.options)
      await script.run(scene, each, stage)
      t.strictSame(scene.upstream.problems(), [], 'the upstream was sent strict HTTP')
      t.ok(scene.sidecar.alive, 'the process lives')
      scene.upstreamDoes(okAnswer)
      const next = await exchange(scene.sidecar.port, get)
      t.strictSame(
        [statusOf(next), next.body.toString()],
        [200, 'ok'],
        'the next request is served',
      )
    })
  }
})

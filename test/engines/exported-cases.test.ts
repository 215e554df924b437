// The policies of cors.json, exported and run in the real engines: each answers as the policy says,
// but for exactly what its declared losses predict.
import t from 'tap'
import { engines } from '../../src/engines/engines.js'
import { exportPolicy } from '../../src/engines/export.js'
import { isLost } from '../../src/engines/losses.js'
import { type CorsCase, settingsOf } from '../support/cases.js'
import { engineCases } from '../support/engine-cases.js'
import {
  differing,
  exchangeOf,
  expected,
  measured,
  policiesOf,
} from '../support/engine-exchanges.js'
import { freePorts, runners, skipOf, startEngine } from '../support/engine-servers.js'
import { startPlainUpstream } from '../support/plain-upstream.js'

/** Nothing listens on port 1 of a machine that runs tests. */
const refusingPort = 1

t.setTimeout(300_000)

const cases = await engineCases()

function groupsOf(cases: readonly CorsCase[]): Map<string, CorsCase[]> {
  const groups = new Map<string, CorsCase[]>()
  for (const each of cases) {
    const key = JSON.stringify([settingsOf(each.policy), each.upstream?.error === 'ECONNREFUSED'])
    groups.set(key, [...(groups.get(key) ?? []), each])
  }
  return groups
}

/** Within an application there is no upstream that could fail, and no handshake that is passed on. */
const isForApplications = ({ upstream, request }: CorsCase): boolean =>
  upstream?.error === undefined &&
  upstream?.status !== 101 &&
  request.rawHeaderPadding === undefined

for (const engine of engines) {
  const runner = runners[engine.name]
  if (runner === undefined || (process.env.ENGINE ?? engine.name) !== engine.name) continue
  t.test(engine.title, { skip: skipOf(runner) }, async t => {
    t.setTimeout(200_000)
    const asked = runner.isApplication ? cases.filter(isForApplications) : cases
    const groups = [...groupsOf(asked).values()]
    const upstream = await startPlainUpstream()
    t.teardown(() => upstream.close())
    const ports = await freePorts(groups.length)
    const sites = await Promise.all(
      groups.map(async ([first], at) => {
        const policies = await policiesOf(settingsOf(first?.policy ?? { origins: [] }))
        const isRefused = first?.upstream?.error === 'ECONNREFUSED'
        return {
          policies,
          exported: exportPolicy(engine, policies),
          port: ports[at] ?? 0,
          upstreamPort: isRefused ? refusingPort : upstream.port,
        }
      }),
    )
    const server = await startEngine(runner, sites)
    t.teardown(() => server.close())
    // Each policy has a server of its own, so that they can be asked side by side.
    await Promise.all(
      groups.map(async (group, at) => {
        const site = sites[at]
        if (site === undefined) return
        for (const each of group) {
          const exchange = exchangeOf(each, site.policies)
          const said = expected(each, exchange)
          const is = await measured(each, exchange, site.port)
          const found = differing(said, is)
          const shown = JSON.stringify({ said, is, ...each.request, policy: each.policy })
          if (isLost(engine, exchange)) t.ok(found.length > 0, `${each.id} shows a loss: ${shown}`)
          else t.strictSame(found, [], `${each.id}: ${shown}`)
        }
      }),
    )
  })
}

// What export writes as data, import reads: the policy that comes back decides like the one that went,
// but for declared losses.
import t from 'tap'
import { engines } from '../../src/engines/engines.js'
import { exportPolicy } from '../../src/engines/export.js'
import { isLost } from '../../src/engines/losses.js'
import { importsOf } from '../cli/imports.js'
import { settingsOf } from '../support/cases.js'
import { engineCases } from '../support/engine-cases.js'
import { differing, exchangeOf, expected, policiesOf } from '../support/engine-exchanges.js'

for (const target of ['gateway-api']) {
  t.test(target, async t => {
    const engine = engines.find(({ name }) => name === target)
    if (engine === undefined) return t.fail('there is no such target')
    let same = 0
    for (const each of await engineCases()) {
      const policies = await policiesOf(settingsOf(each.policy))
      const { text } = exportPolicy(engine, policies)
      const { results } = await importsOf(text)
      const settings = results[0]?.settings ?? { allowOrigins: 'none' }
      const back = await policiesOf({
        ...settings,
        unsafeAllow: ['insecure-origins', 'public-suffix-wildcards'],
      })
      const exchange = exchangeOf(each, policies)
      const found = differing(expected(each, exchange), expected(each, exchangeOf(each, back)))
      if (isLost(engine, exchange)) continue
      t.strictSame(found, [], `${each.id}: ${JSON.stringify({ settings, policy: each.policy })}`)
      same += 1
    }
    t.ok(same > 150, 'most of them come back')
  })
}

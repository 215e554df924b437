// Few tries of what `npm run reliability -- refusals` does at full size.
import t from 'tap'
import { need } from '../support/need.js'
import type { RefuserName } from '../support/refusing-servers.js'
import { earlyRefusals, fallsShort } from './early-refusal-run.js'

const needed = (['haproxy', 'caddy', 'openssl', 'gunicorn', 'nginx'] as const).map(name =>
  need(name),
)
const skip = needed.find(each => each.skip !== false)?.skip ?? false

t.setTimeout(120_000)

t.test('a large upload that is refused early learns why', { skip }, async t => {
  const servers: readonly RefuserName[] = ['haproxy', 'nginx', 'gunicorn', 'raw']
  const report = await earlyRefusals({ tries: 3, bytes: 20_000_000, servers })
  t.comment(report.arrived)
  t.strictSame(fallsShort(report), [], 'at least as often as through HAProxy and Caddy')
})

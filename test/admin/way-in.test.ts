import t from 'tap'
import { isReachableFromElsewhere, wayIn } from '../../src/admin/way-in.js'

const url = 'http://localhost:8011'

t.test('the way to the inspector is said, whatever is in it', async t => {
  for (const [when, door, text] of [
    ['this machine alone can connect', {}, `${url}/inspect`],
    [
      'others can, and there is a token',
      { isReachable: true, hasToken: true },
      `${url}/inspect, from elsewhere with the admin token`,
    ],
    [
      'others can, and there is none',
      { isReachable: true },
      `${url}/inspect, from this machine only. To sign in from elsewhere, set CORS_SIDECAR_ADMIN_TOKEN.`,
    ],
    [
      'it is off',
      { inspects: false, isReachable: true },
      'off. Start with --inspect, or set CORS_SIDECAR_INSPECT=true.',
    ],
  ] as const) {
    const closed = { url, inspects: true, hasToken: false, isReachable: false }
    t.equal(wayIn({ ...closed, ...door }), text, when)
  }
})

t.test('others can connect where it does not listen on loopback', async t => {
  for (const listening of ['http://0.0.0.0:8011', 'http://[::]:8011', 'http://10.0.0.4:8011']) {
    t.ok(isReachableFromElsewhere(listening), listening)
  }
  for (const listening of ['http://127.0.0.1:8011', 'http://[::1]:8011', 'unix:/run/admin.sock']) {
    t.notOk(isReachableFromElsewhere(listening), listening)
  }
})

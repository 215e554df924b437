import t from 'tap'
import { startAdmin } from './admin-fixture.js'

t.test('probes answer like those of Kubernetes', async t => {
  for (const [when, state, expected] of [
    ['serving', {}, { livez: 200, startupz: 200, readyz: 200 }],
    ['not started', { isStarted: () => false }, { livez: 200, startupz: 503, readyz: 503 }],
    ['draining', { isDraining: () => true }, { livez: 200, startupz: 200, readyz: 503 }],
    [
      'the upstream is asked for and away',
      { readinessChecks: async () => [{ name: 'upstream', isPassed: false }] },
      { livez: 200, startupz: 200, readyz: 503 },
    ],
  ] as const) {
    t.test(when, async t => {
      const { ask } = await startAdmin(t, state)
      for (const [probe, status] of Object.entries(expected)) {
        t.equal((await ask(`/${probe}`)).status, status, probe)
      }
    })
  }

  t.test('with the checks when asked to be verbose', async t => {
    const { ask } = await startAdmin(t, {
      readinessChecks: async () => [{ name: 'upstream', isPassed: false }],
    })
    t.equal((await ask('/livez')).body, 'ok\n')
    t.equal((await ask('/livez?verbose')).body, 'livez check ok\n')
    t.equal(
      (await ask('/readyz?verbose')).body,
      '[+]started\n[+]not draining\n[-]upstream\nreadyz check failed\n',
    )
  })

  t.test('and the upstream is left alone while draining', async t => {
    const { ask } = await startAdmin(t, {
      isDraining: () => true,
      readinessChecks: () => t.fail('asked the upstream') as never,
    })
    t.equal((await ask('/readyz')).status, 503)
  })
})

t.test('probes and metrics are open to everyone, settings and traffic are not', async t => {
  const { ask } = await startAdmin(t, { adminToken: () => 's3cret' })
  const remote = { headers: { host: 'sidecar.prod.svc:8011' } }
  for (const path of ['/livez', '/readyz', '/startupz', '/metrics', '/version']) {
    t.equal((await ask(path, remote)).status, 200, path)
  }
  for (const path of ['/config', '/explain?origin=https://a.example', '/suggest']) {
    const refused = await ask(path, remote)
    t.equal(refused.status, 403, path)
    t.match(JSON.parse(refused.body), { error: 'host-not-loopback', message: String })
    t.equal((await ask(path)).status, 200, `${path} from here`)
    const headers = { ...remote.headers, authorization: 'Bearer s3cret' }
    t.equal((await ask(path, { headers })).status, 200, `${path} with the token`)
  }
  const wrong = await ask('/config', { headers: { authorization: 'Bearer wrong' } })
  t.equal(wrong.status, 401)
  t.equal(wrong.headers['www-authenticate'], 'Bearer')
})

t.test('no reply may be cached, framed or read by another site', async t => {
  const { ask } = await startAdmin(t)
  for (const path of ['/livez', '/config', '/nowhere']) {
    t.match((await ask(path)).headers, {
      'cache-control': 'no-store',
      'content-security-policy': /default-src 'none'.*frame-ancestors 'none'/,
      'cross-origin-resource-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      'access-control-allow-origin': undefined,
    })
  }
})

t.test('explain passes on what was asked', async t => {
  const { ask } = await startAdmin(t)
  const query = 'origin=https%3A%2F%2Fa.example&method=PUT&headers=x-a,x-b&path=/p&upgrade'
  t.same(JSON.parse((await ask(`/explain?${query}`)).body), {
    origin: 'https://a.example',
    method: 'PUT',
    headers: 'x-a,x-b',
    path: '/p',
    isUpgrade: true,
  })
  t.same(JSON.parse((await ask('/explain')).body), { isUpgrade: false })
})

t.test('an address or method that is not there says so', async t => {
  const { ask } = await startAdmin(t)
  t.match(await ask('/nowhere'), { status: 404, body: /"error":"not-found".*GET \/ lists/ })
  t.match(await ask('/__proto__'), { status: 404 })
  t.match(await ask('/metrics', { method: 'POST' }), { status: 405, headers: { allow: 'GET' } })
  t.match(await ask('/quitquitquit'), { status: 405, headers: { allow: 'POST' } })
  t.match(await ask('/livez', { method: 'HEAD' }), { status: 200, body: '' })
})

t.test('the index lists what there is, and how to switch on what is off', async t => {
  const { ask } = await startAdmin(t)
  const text = await ask('/')
  t.match(text, { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' } })
  t.match(text.body, /^\/livez +anyone +200 while the process serves$/m)
  t.match(text.body, /^\/config +this machine, or token +every setting/m)
  t.match(
    text.body,
    /^\/inspect .* off\. Start with --inspect, or set CORS_SIDECAR_INSPECT=true\./m,
  )
  t.match(text.body, /^\/sign-in .* off\. Set CORS_SIDECAR_ADMIN_TOKEN to a long random text\./m)
  t.match(text.body, /^\/quitquitquit .* off\. Set CORS_SIDECAR_QUITQUITQUIT=true\./m)
  const page = await ask('/', { headers: { accept: 'text/html,*/*' } })
  t.match(page.headers, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': /default-src 'none'.*form-action 'self'.*frame-ancestors 'none'/,
  })
  t.match(page.body, '<a href="/metrics">/metrics</a>')
  t.notMatch(page.body, '<a href="/inspect">', 'what is off is no link')
})

t.test('every address of the index answers what it says', async t => {
  const { ask } = await startAdmin(t)
  const lines = (await ask('/')).body.split('\n').filter(line => line.startsWith('/'))
  const paths = lines
    .filter(line => !line.includes(' off. '))
    .map(line => line.slice(0, line.indexOf(' ')))
  t.ok(paths.length >= 8, `${paths.length} addresses`)
  for (const path of paths) t.equal((await ask(path)).status, 200, path)
})

t.test('what is off says how to switch it on', async t => {
  const { ask } = await startAdmin(t)
  const off = await ask('/inspect')
  t.equal(off.status, 404)
  t.match(JSON.parse(off.body), {
    error: 'not-enabled',
    message: /CORS_SIDECAR_INSPECT=true.*CORS_SIDECAR_ADMIN_TOKEN/,
  })
  t.equal((await ask('/inspect/events')).status, 404)
  const page = await ask('/inspect', { headers: { accept: 'text/html' } })
  t.match(page, { status: 404, body: /CORS_SIDECAR_INSPECT=true[\s\S]*<a href="\/">/ })
})

t.test('quitquitquit', async t => {
  let quits = 0
  const quit = () => {
    quits++
  }
  t.test('is off unless allowed', async t => {
    const { ask } = await startAdmin(t, { quit })
    t.match(await ask('/quitquitquit', { method: 'POST' }), { status: 404 })
    t.equal(quits, 0)
  })
  t.test('takes no order from a page, or with the token from elsewhere', async t => {
    const { ask } = await startAdmin(t, {
      quit,
      isQuitAllowed: () => true,
      adminToken: () => 's3cret',
    })
    for (const headers of [
      { origin: 'https://evil.example' },
      { host: 'sidecar.prod.svc', authorization: 'Bearer s3cret' },
    ]) {
      t.match(await ask('/quitquitquit', { method: 'POST', headers }), { status: 403 })
    }
    t.equal(quits, 0)
  })
  t.test('begins the shutdown', async t => {
    const { ask } = await startAdmin(t, { quit, isQuitAllowed: () => true })
    t.match(await ask('/quitquitquit', { method: 'POST' }), { status: 200 })
    t.equal(quits, 1)
  })
})

t.test('a bug in a handler is told to the operator, not to the client', async t => {
  const failures: unknown[] = []
  const { ask } = await startAdmin(t, {
    metrics: () => Promise.reject(new Error('at 10.0.0.7')),
    failed: error => failures.push(error),
  })
  const answer = await ask('/metrics')
  t.equal(answer.status, 500)
  t.notMatch(answer.body, '10.0.0.7')
  t.match(failures, [{ message: 'at 10.0.0.7' }])
  t.equal((await ask('/livez')).status, 200, 'and the next request is served')
})

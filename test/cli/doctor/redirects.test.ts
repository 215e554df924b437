// The doctor follows redirects as Fetch does, and judges each station.
import t, { type Test } from 'tap'
import { app, type Reply, seen, serve } from './doctor-scene.js'

const granting = (origin = app, ...more: string[]): Reply => ({
  headers: ['Access-Control-Allow-Origin', origin, 'Vary', 'Origin', ...more],
})

const moved = (location: string, status = 302, origin = app): Reply => ({
  status,
  headers: ['Access-Control-Allow-Origin', origin, 'Vary', 'Origin', 'Location', location],
})

/** What the page may do, and what is broken or noted of redirects. */
async function verdict(url: string, flags: Record<string, string> = {}) {
  const [only] = await seen(url, flags)
  const codes = (only?.findings ?? [])
    .filter(({ code, gravity }) => gravity === 'broken' || code.startsWith('redirect'))
    .map(({ code, gravity }) => `${gravity} ${code}`)
  return { canRead: only?.prognosis.canRead, codes, findings: only?.findings ?? [] }
}

async function two(t: Test, first: (target: string) => Reply, second: (origin?: string) => Reply) {
  const target = await serve(t, (_request, origin) => second(origin))
  return serve(t, () => first(target))
}

t.test('a redirect within the server', async t => {
  const url = await serve(t, ({ url = '' }) => (url === '/new' ? granting() : moved('/new')))
  t.match(await verdict(url), { canRead: true, codes: ['note redirects-within'] })
  const bare = await serve(t, ({ url = '' }) => (url === '/new' ? { headers: [] } : moved('/new')))
  t.match(await verdict(bare), {
    canRead: false,
    codes: ['broken redirects-within', 'broken allow-origin-missing'],
  })
})

t.test('the first answer has to grant, too', async t => {
  const url = await serve(t, ({ url = '' }) =>
    url === '/new' ? granting() : { status: 302, headers: ['Location', '/new'] },
  )
  t.match(await verdict(url), { canRead: false, codes: ['broken allow-origin-missing'] })
})

t.test('a redirect to another origin that does not grant, as to a log-in page', async t => {
  const url = await two(
    t,
    target => moved(`${target}login?next=/`),
    () => ({ headers: [] }),
  )
  const { codes, findings, canRead } = await verdict(url)
  t.equal(canRead, false)
  t.strictSame(codes, ['broken redirects-elsewhere', 'broken allow-origin-missing'])
  t.match(findings[0]?.message, /log-in page/)
  t.match(findings[0]?.message, /Origin: null/)
})

t.test(
  'behind two origins the page has none: the second has to allow null or everybody',
  async t => {
    for (const [allowed, canRead] of [
      [app, false],
      ['null', true],
      ['*', true],
    ] as const) {
      const url = await two(
        t,
        target => moved(target),
        () => granting(allowed),
      )
      t.match(await verdict(url), { canRead }, allowed)
    }
  },
)

t.test('Authorization does not go to another origin, and is not asked for there', async t => {
  const asked: (string | undefined)[] = []
  const target = await serve(t, ({ headers }) => {
    asked.push(headers.authorization ?? 'none')
    return granting('*')
  })
  const url = await serve(t, ({ method }) =>
    method === 'OPTIONS'
      ? granting(app, 'Access-Control-Allow-Headers', 'authorization')
      : moved(target),
  )
  t.match(await verdict(url, { header: 'Authorization: Bearer abc' }), { canRead: true })
  t.ok(asked.length > 0 && asked.every(value => value === 'none'))
})

t.test('other headers are asked for again at each station', async t => {
  const url = await two(
    t,
    target => ({
      ...moved(target),
      headers: [...moved(target).headers, 'Access-Control-Allow-Headers', 'x-trace'],
    }),
    () => granting('*'),
  )
  // The first server redirects preflights as well.
  t.match(await verdict(url, { headers: 'x-trace' }), {
    canRead: false,
    codes: ['broken preflight-redirects'],
  })
})

t.test('what no browser follows is said:', async t => {
  for (const [what, location, code] of [
    ['another scheme', 'ftp://a.example/', 'redirect-not-followed'],
    ['no address', 'http://[', 'redirect-not-followed'],
    ['a user name', 'http://user:w0rd@127.0.0.1:1/', 'redirect-with-password'],
  ] as const) {
    const url = await serve(t, () => moved(location))
    const { codes, findings } = await verdict(url)
    t.strictSame(codes, [`broken ${code}`], what)
    t.notMatch(JSON.stringify(findings), 'w0rd', what)
  }
  const round = await serve(t, () => moved('/again'))
  t.match(await verdict(round), {
    canRead: false,
    codes: ['broken redirects-within', 'broken redirect-not-followed'],
  })
})

t.test('303 asks with GET, and 307 goes on with the method', async t => {
  for (const [status, wanted] of [
    [303, 'GET'],
    [302, 'GET'],
    [307, 'POST'],
    [308, 'POST'],
  ] as const) {
    const methods: string[] = []
    const url = await serve(t, ({ url = '', method = '' }) => {
      if (url !== '/new') return method === 'POST' ? moved('/new', status) : granting()
      methods.push(method)
      return granting()
    })
    await verdict(url, { method: 'POST', body: 'a=1' })
    t.strictSame(methods, [wanted], String(status))
  }
})

t.test('a page on HTTPS does not reach plain HTTP elsewhere', async t => {
  const url = await serve(t, () => moved('http://192.0.2.1/'))
  t.match(await verdict(url), {
    canRead: false,
    codes: ['broken redirects-elsewhere', 'broken mixed-content'],
  })
})

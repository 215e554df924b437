// Who is kept out by what browsers say of a request, held against rules that others wrote.
import t from 'tap'
import { decide } from '../../src/policy/decide.js'
import type { PolicyRequest } from '../../src/policy/decision.js'
import { describe } from '../../src/policy/describe.js'
import type { Isolate } from '../../src/policy/isolation-modes.js'
import { wholeAdvice } from '../../src/policy/missing.js'
import type { PolicySettings } from '../../src/policy/policy.js'
import { predict } from '../../src/policy/prediction.js'
import { ownReplyHeaders, rewriteResponseHeaders } from '../../src/policy/response-headers.js'
import { actual, evil, fields, policy, preflight, shop, upgrade } from './shop.js'

/** A request as a browser describes it; a value of undefined leaves the field out. */
function described(
  site: string | undefined,
  mode: string,
  destination: string,
  changed: Partial<PolicyRequest> = {},
): PolicyRequest {
  const rawHeaders = ['Sec-Fetch-Mode', mode, 'Sec-Fetch-Dest', destination]
  return actual({ secFetchSite: site, rawHeaders, origin: undefined, ...changed })
}

const passes = (isolate: Isolate, request: PolicyRequest, settings = {}): boolean =>
  decide(policy({ isolate, ...settings }), request).reason !== 'cross-site'

t.test('who may come in', async t => {
  for (const [what, request, api, resources] of [
    ['a client that says nothing, such as curl', actual({ origin: undefined }), true, true],
    ['an address that a person typed', described('none', 'navigate', 'document'), true, true],
    ['a page of this very origin', described('same-origin', 'no-cors', 'image'), true, true],
    ['an image on another site', described('cross-site', 'no-cors', 'image'), false, false],
    ['a script on another site', described('cross-site', 'no-cors', 'script'), false, false],
    ['a link on another site', described('cross-site', 'navigate', 'document'), false, true],
    ['a frame on another site', described('cross-site', 'navigate', 'iframe'), false, true],
    ['an object on another site', described('cross-site', 'navigate', 'object'), false, false],
    ['an embed on another site', described('cross-site', 'navigate', 'embed'), false, false],
    [
      'a form of another site',
      described('cross-site', 'navigate', 'document', { method: 'POST', origin: evil }),
      false,
      false,
    ],
    [
      'a form of a listed origin, which no CORS check follows',
      described('cross-site', 'navigate', 'document', { method: 'POST', origin: shop }),
      false,
      false,
    ],
    [
      'fetch() of a listed origin',
      described('cross-site', 'cors', 'empty', { origin: shop }),
      true,
      true,
    ],
    [
      'a beacon of a listed origin',
      described('cross-site', 'no-cors', 'empty', { method: 'POST', origin: shop }),
      true,
      true,
    ],
    [
      'fetch() of a stranger',
      described('cross-site', 'cors', 'empty', { origin: evil }),
      false,
      false,
    ],
    [
      'fetch() of a sandboxed page',
      described('cross-site', 'cors', 'empty', { origin: 'null' }),
      false,
      false,
    ],
    ['an image on a sibling', described('same-site', 'no-cors', 'image'), false, true],
    [
      'fetch() of a listed sibling',
      described('same-site', 'cors', 'empty', { origin: shop }),
      true,
      true,
    ],
    ['a field that comes twice', described('none, none', 'navigate', 'document'), false, true],
    ['a site of a later standard', described('other', 'no-cors', 'image'), false, false],
    ['a socket without a page', upgrade({ origin: undefined, secFetchSite: 'none' }), true, true],
    [
      'a socket of another site that hides its origin',
      { ...described('cross-site', 'websocket', 'websocket'), isUpgrade: true },
      false,
      false,
    ],
    [
      'a socket of a listed origin',
      { ...described('cross-site', 'websocket', 'websocket', { origin: shop }), isUpgrade: true },
      true,
      true,
    ],
    ['an empty field', described('', 'no-cors', 'image'), true, true],
  ] as const) {
    t.equal(passes('api', request), api, `${what}, api`)
    t.equal(passes('resources', request), resources, `${what}, resources`)
    const mildest = api ? undefined : resources ? 'api' : 'resources'
    const reporting = decide(policy({ isolate: 'report' }), request)
    t.equal(reporting.reported, mildest, `${what}, report`)
    t.strictSame(
      { ...reporting, policy: undefined, reported: undefined },
      {
        ...decide(policy(), request),
        policy: undefined,
        reported: undefined,
      },
    )
  }
})

t.test('a grant to everybody reaches as far as CORS', async t => {
  const cookie = (request: PolicyRequest) => ({
    ...request,
    rawHeaders: [...request.rawHeaders, 'Cookie', 's=1'],
  })
  const asked = described('cross-site', 'cors', 'empty', { origin: evil })
  for (const settings of [
    { allowOrigins: ['*'] },
    { allowOrigins: [shop], onDisallowed: 'public' },
  ] satisfies Partial<PolicySettings>[]) {
    const beacon = described('cross-site', 'no-cors', 'empty', { method: 'POST', origin: evil })
    t.ok(passes('api', asked, settings), 'fetch()')
    t.notOk(
      passes('api', cookie(asked), settings),
      'not with cookies, for which nothing is granted',
    )
    t.notOk(passes('api', beacon, settings), 'not a beacon, which has them')
    t.notOk(passes('api', described('cross-site', 'no-cors', 'image'), settings), 'not an image')
  }
  const fixed = { originFallback: shop }
  t.ok(passes('api', described('cross-site', 'cors', 'empty'), fixed), 'a gateway strips Origin')
  t.notOk(passes('api', described('cross-site', 'no-cors', 'image'), fixed), 'which images lack')
})

t.test('what is refused anyway keeps its reason, and preflights are not judged', async t => {
  const isolate = 'api'
  const site = { secFetchSite: 'cross-site' }
  for (const [request, settings, reason] of [
    [preflight(site), {}, 'origin-exact'],
    [preflight({ ...site, origin: evil }), {}, 'origin-not-allowed'],
    [upgrade({ ...site, origin: evil }), {}, 'origin-not-allowed'],
    [actual({ ...site, origin: evil }), { onDisallowed: 'block' }, 'origin-not-allowed'],
    [actual({ ...site, origin: evil }), {}, 'cross-site'],
  ] as const) {
    t.equal(decide(policy({ isolate, ...settings }), request).reason, reason)
  }
})

t.test('a refusal is 403, or only judged where the policy reports', async t => {
  const image = described('cross-site', 'no-cors', 'image')
  const refused = {
    verdict: 'refused',
    subject: 'cross-site no-cors image',
    allowOrigin: undefined,
  }
  t.match(decide(policy({ isolate: 'api' }), image), { ...refused, action: 'block' })
  const reporting = policy({ isolate: 'api', reportOnly: true })
  t.match(decide(reporting, image), { ...refused, action: 'forward' })
  t.strictSame(rewriteResponseHeaders(decide(reporting, image), image, ['ETag', 'a'], 200), [
    'ETag',
    'a',
  ])
})

t.test('where a path has several readings, the strictest stands', async t => {
  const target = '/open/%2e%2e/items'
  const image = { ...described('cross-site', 'no-cors', 'image'), target }
  const paths = [{ match: '/open', isolate: 'off' as const }]
  t.equal(decide(policy({ isolate: 'api', paths }), image).reason, 'cross-site')
  const reporting = decide(policy({ isolate: 'report', paths }), image)
  t.match(reporting, { reason: 'no-origin', reported: 'resources' })
  t.notOk(passes('api', image, { isolate: 'api', paths }))
  t.ok(passes('api', { ...image, target: '/open/logo.png' }, { paths }), 'a path that is exempt')
})

t.test('Vary names what an answer depends on, and nothing while it is only reported', async t => {
  for (const [settings, wanted] of [
    [{ isolate: 'off' }, 'Origin'],
    [{ isolate: 'report' }, 'Origin'],
    [{ isolate: 'api' }, 'Origin, Sec-Fetch-Site, Sec-Fetch-Mode'],
    [{ isolate: 'resources' }, 'Origin, Sec-Fetch-Site, Sec-Fetch-Mode, Sec-Fetch-Dest'],
    [{ isolate: 'api', allowOrigins: ['*'] }, 'Origin, Sec-Fetch-Site, Sec-Fetch-Mode'],
    [{ isolate: 'report', allowOrigins: ['*'] }, undefined],
  ] as const) {
    const policies = policy(settings)
    for (const request of [actual(), described('cross-site', 'no-cors', 'image')]) {
      const decision = decide(policies, request)
      const headers =
        decision.action === 'block'
          ? ownReplyHeaders(decision, policies)
          : rewriteResponseHeaders(decision, request, [], 200)
      t.equal(fields(headers).vary, wanted, JSON.stringify(settings))
    }
  }
})

t.test('the cure is an origin to list where a script asked, and never for a link', async t => {
  const advice = (request: PolicyRequest, isolate: Isolate = 'api') =>
    wholeAdvice(decide(policy({ isolate }), request), request)
  const stranger = { origin: evil }
  t.match(advice(described('cross-site', 'cors', 'empty', stranger)), {
    fix: { option: 'allowOrigins', value: evil },
  })
  const form = described('cross-site', 'navigate', 'document', { ...stranger, method: 'POST' })
  t.match(advice(form), { fix: undefined, instead: /isolate: off .* isolate: resources/ })
  t.match(advice(form, 'resources'), { instead: /isolate: off for the paths[^:]*$/ })
  const decision = decide(policy({ isolate: 'api' }), form)
  t.match(describe(decision), 'caused this request (cross-site navigate document)')
})

t.test('explain says it of an image, a link, a form and a script', async t => {
  for (const [as, isolate, outcome] of [
    ['fetch', 'api', 'passed'],
    ['image', 'api', 'refused'],
    ['script', 'resources', 'refused'],
    ['link', 'api', 'refused'],
    ['link', 'resources', 'passed'],
    ['frame', 'resources', 'passed'],
    ['form', 'resources', 'refused'],
    ['form', 'report', 'passed'],
  ] as const) {
    const { steps, decision } = predict(policy({ isolate }), { origin: shop, as })
    const step = steps.find(({ name }) => name === 'isolation')
    t.equal(step?.outcome, outcome, `${as} under ${isolate}`)
    t.equal(decision.reason === 'cross-site', outcome === 'refused')
    const isReported = isolate === 'report' && /only reported/.test(step?.detail ?? '')
    t.equal(isReported, isolate === 'report')
  }
  const refused = predict(policy({ isolate: 'api' }), { origin: shop, method: 'PUT', path: '/' })
  t.match(refused.steps, [{}, {}, { name: 'isolation', outcome: 'passed' }])
  t.equal(predict(policy(), { origin: shop }).steps.length, 6, 'nothing is said where it is off')
})

/** The rules of Go's `http.CrossOriginProtection`, written down from its documentation. */
function goRefuses(request: PolicyRequest, trusted: readonly string[]): boolean {
  if (['GET', 'HEAD', 'OPTIONS'].includes(request.method)) return false
  const site = request.secFetchSite ?? ''
  const isTrusted = request.origin !== undefined && trusted.includes(request.origin)
  if (site !== '') return site !== 'same-origin' && site !== 'none' && !isTrusted
  if (request.origin === undefined || isTrusted) return false
  return new URL(request.origin).host !== request.host
}

t.test(
  'api refuses whatever Go refuses, and of what changes state only navigations more',
  async t => {
    let compared = 0
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']) {
      for (const site of [
        'same-origin',
        'same-site',
        'cross-site',
        'none',
        'unknown',
        'none, none',
      ]) {
        for (const mode of ['cors', 'no-cors', 'navigate', 'same-origin', '']) {
          for (const origin of [shop, evil, 'null', undefined]) {
            const request = described(site, mode, 'empty', { method, origin })
            const refused = !passes('api', request)
            const what = `${method} ${site} ${mode} ${origin}`
            if (goRefuses(request, [shop])) t.ok(refused, `${what}: Go refuses it`)
            else if (refused && !['GET', 'HEAD'].includes(method)) t.equal(mode, 'navigate', what)
            compared += 1
          }
        }
      }
    }
    t.equal(compared, 720)
  },
)

// HTTPRoutes, Ingresses and values of Helm charts: what is imported is never wider than its source,
// and whatever can't be said here is named with its line.
import t from 'tap'
import { answerTo, importOf, importsOf } from './imports.js'

const app = 'https://app.example.test'

/** The paths of which a page on `origin` may read the answer. */
async function readable(settings: object, paths: readonly string[], origin = app) {
  const answers = await Promise.all(
    paths.map(async path => ({ path, ...(await answerTo(settings, { path, origin })) })),
  )
  return answers.filter(answer => answer.origin !== undefined).map(({ path }) => path)
}

const route = (rules: string, more = '') => `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: shop
  namespace: store
spec:${more}
  rules:
${rules.replace(/^\n/, '')}`

const allowApp = `
      filters:
        - type: CORS
          cors:
            allowOrigins: [${app}]`

t.test('a route', async t => {
  t.test('gives a rule without the filter nothing of the rule around it', async t => {
    const { settings, starts } = await importOf(
      route(`
    - matches: [{ path: { type: PathPrefix, value: / } }]${allowApp}
    - matches: [{ path: { type: PathPrefix, value: /admin } }]
      backendRefs: [{ name: admin, port: 80 }]`),
    )
    t.ok(starts)
    t.same(
      await readable(settings, ['/', '/shop', '/admin', '/admin/', '/admin/x', '/administrators']),
      ['/', '/shop', '/administrators'],
    )
  })
  t.test('ends a prefix at an element', async t => {
    const { settings } = await importOf(
      route(`
    - matches: [{ path: { type: PathPrefix, value: /pub } }]${allowApp}`),
    )
    t.equal(settings.allowOrigins, 'none', 'elsewhere nobody, on a terminal, too')
    t.same(await readable(settings, ['/pub', '/pub/', '/pub/x', '/publisher-secrets', '/']), [
      '/pub',
      '/pub/',
      '/pub/x',
    ])
  })
  t.test('covers everything without a match, and with several', async t => {
    const everywhere = await importOf(route(`    - name: all${allowApp}`))
    t.same(await readable(everywhere.settings, ['/', '/x/y']), ['/', '/x/y'])
    const several = await importOf(
      route(`
    - matches:
        - path: { value: /a }
        - path: { type: PathPrefix, value: /b/ }${allowApp}`),
    )
    t.same(await readable(several.settings, ['/a/1', '/b', '/b/1', '/c']), ['/a/1', '/b', '/b/1'])
  })
  t.test('says all that the filter says', async t => {
    const { settings, notes, title } = await importOf(
      route(`
    - filters:
        - type: CORS
          cors:
            allowOrigins: [${app}, "https://*.apps.example.test:8443"]
            allowMethods: [GET, PUT]
            allowHeaders: [x-shop, Cookie]
            exposeHeaders: [etag]
            allowCredentials: true
            maxAge: 90000
            vary: true`),
    )
    t.equal(title, 'HTTPRoute store/shop')
    t.match(settings, {
      allowOrigins: [app, 'https://*.apps.example.test:8443'],
      allowMethods: ['GET', 'PUT'],
      allowHeaders: ['x-shop'],
      exposeHeaders: ['etag'],
      allowCredentials: true,
      maxAge: 86_400,
    })
    t.match(notes, /line 14: No page can set Cookie/)
    t.match(notes, /line 17: A max-age of 90000 is out of range/)
    t.match(notes, /line 18: vary is no field of a CORS filter/)
  })
  t.test('keeps * apart from credentials, and says so', async t => {
    const { settings, notes } = await importOf(
      route(`
    - filters:
        - type: CORS
          cors:
            allowOrigins: ["*"]
            allowCredentials: true`),
    )
    t.match(await answerTo(settings, { path: '/' }), { origin: '*', credentials: undefined })
    t.match(notes, /line 12: allowOrigins \* with allowCredentials lets every site read/)
  })
  t.test('lets nobody in where it goes by more than the path, and names the line', async t => {
    for (const [what, match, note, closed] of [
      [
        'a method',
        '{ path: { value: /a }, method: GET }',
        /line 14: This goes by its method/,
        ['/a', '/a/x'],
      ],
      [
        'a header',
        '{ path: { value: /a }, headers: [{ name: v, value: "2" }] }',
        /by header fields/,
        ['/a'],
      ],
      [
        'the query',
        '{ path: { value: /a }, queryParams: [{ name: v, value: "2" }] }',
        /by the query/,
        ['/a'],
      ],
      [
        'a whole path',
        '{ path: { type: Exact, value: /a } }',
        /by the whole path \/a/,
        ['/a', '/a/x'],
      ],
      [
        'an expression',
        '{ path: { type: RegularExpression, value: "/a[0-9]+/x" } }',
        /expression \/a\[0-9\]\+\/x/,
        ['/a1/x'],
      ],
      [
        'an expression without a beginning',
        '{ path: { type: RegularExpression, value: "(/a|/b).*" } }',
        /nobody is allowed below \//,
        ['/', '/a'],
      ],
      [
        'what is not known yet',
        '{ path: { type: Template, value: "/{id}" } }',
        /the Template \/\{id\}/,
        ['/1'],
      ],
    ] as const) {
      t.test(what, async t => {
        const { settings, notes, starts } = await importOf(
          route(`
    - matches: [{ path: { value: / } }]${allowApp}
    - matches: [${match}]`),
        )
        t.ok(starts)
        t.same(await readable(settings, closed), [])
        t.match(notes, note)
        const alone = await importOf(route(`    - matches: [${match}]${allowApp}`))
        t.same(
          await readable(alone.settings, [...closed, '/']),
          [],
          'nor does it allow anything by itself',
        )
      })
    }
  })
  t.test(
    'says expressions that are no more than a prefix, and conditions that change nothing',
    async t => {
      const { settings, notes } = await importOf(
        route(`
    - matches:
        - path: { type: RegularExpression, value: "/a(/.*)?" }
        - path: { type: RegularExpression, value: "/b.*" }
        - path: { value: /c }
          method: POST
        - path: { value: /c }${allowApp}`),
      )
      t.same(await readable(settings, ['/a', '/a/x', '/ax', '/b', '/bx', '/c/x', '/']), [
        '/a',
        '/a/x',
        '/b',
        '/bx',
        '/c/x',
      ])
      t.notMatch(notes, /nobody is allowed/)
    },
  )
  t.test('names the filters it does not read', async t => {
    const { notes } = await importOf(
      route(`
    - filters:
        - { type: CORS, cors: { allowOrigins: [${app}, "*"] } }
        - { type: ResponseHeaderModifier }
        - { type: CORS, cors: { allowOrigins: ["*"] } }`),
    )
    t.match(notes, /line 10: \* beside other origins is not valid there/)
    t.match(notes, /line 11: The filter ResponseHeaderModifier is not read/)
    t.match(notes, /line 12: A second CORS filter/)
  })
  t.test('says where it holds', async t => {
    const { notes } = await importOf(
      route(
        `    - name: all${allowApp}`,
        `
  hostnames: [a.example.test, b.example.test]
  parentRefs: [{ name: gw, sectionName: https }, { name: inner, namespace: infra }]`,
      ),
    )
    t.match(notes, /This holds at the listener https alone/)
    t.match(notes, /a\.example\.test, b\.example\.test/)
  })
  t.test('lets nobody in where no origin is left', async t => {
    const { settings, starts } = await importOf(
      route(`
    - matches: [{ path: { value: /a } }]
      filters:
        - type: CORS
          cors: { allowOrigins: ["http://plain.example.test"], allowCredentials: true }`),
    )
    t.ok(starts)
    t.match(settings, { allowOrigins: 'none', paths: [{ match: '/a/', allowOrigins: 'none' }] })
  })
  t.test('leaves out an origin that would stop the start, and says why', async t => {
    const { settings, notes, starts } = await importOf(
      route(`
    - filters:
        - type: CORS
          cors: { allowOrigins: ["http://plain.example.test", "${app}", "https://*"], allowCredentials: true }`),
    )
    t.ok(starts)
    t.same(settings.allowOrigins, [app])
    t.match(notes, /Left out, since it would stop the start: .*http:\/\/plain\.example\.test/)
    t.match(notes, /Left out, since it would stop the start: .*https:\/\/\*/)
  })
})

t.test('several routes in one file', async t => {
  const named = (name: string, hosts: string, rules: string) =>
    route(rules, `\n  hostnames: [${hosts}]`).replace('name: shop', `name: ${name}`)
  t.test('bound each other where they hold for one host', async t => {
    const { settings, title } = await importOf(
      [
        named('open', 'a.example.test', `    - matches: [{ path: { value: / } }]${allowApp}`),
        named('closed', 'a.example.test', '    - matches: [{ path: { value: /admin } }]'),
      ].join('\n---\n'),
    )
    t.equal(title, 'HTTPRoute store/open and HTTPRoute store/closed')
    t.same(await readable(settings, ['/', '/admin', '/admin/x']), ['/'])
  })
  t.test('are apart where they hold for different hosts', async t => {
    const { results } = await importsOf(
      [
        named('open', 'a.example.test', `    - name: all${allowApp}`),
        named('closed', 'b.example.test', '    - name: all'),
      ].join('\n---\n'),
    )
    t.match(results, [
      { title: 'HTTPRoute store/open, for a.example.test', settings: { allowOrigins: [app] } },
      { title: 'HTTPRoute store/closed, for b.example.test', settings: { allowOrigins: 'none' } },
    ])
  })
  t.test('let nobody in for a wildcard of which one host is closed', async t => {
    const { results } = await importsOf(
      [
        named('open', '"*.example.test"', `    - name: all${allowApp}`),
        named('closed', 'admin.example.test', '    - name: all'),
      ].join('\n---\n'),
    )
    t.same(
      results.map(({ settings }) => settings.allowOrigins),
      ['none', 'none'],
    )
    t.match(results[0]?.notes, /This goes by the host admin\.example\.test/)
  })
  t.test('are apart at different gateways, and bounded by a listener of one', async t => {
    const at = (name: string, parent: string, rules: string) =>
      route(rules, `\n  parentRefs: [${parent}]`).replace('name: shop', `name: ${name}`)
    const open = at('open', '{ name: gw }', `    - name: all${allowApp}`)
    const other = at('other', '{ name: gw2 }', '    - matches: [{ path: { value: /admin } }]')
    const { results } = await importsOf([open, other].join('\n---\n'))
    t.same(await readable(results[0]?.settings ?? {}, ['/admin']), ['/admin'])
    const listener = at(
      'tls',
      '{ name: gw, sectionName: tls }',
      '    - matches: [{ path: { value: /admin } }]',
    )
    for (const { settings } of (await importsOf([open, listener].join('\n---\n'))).results) {
      t.same(await readable(settings, ['/', '/admin']), ['/'])
    }
  })
  t.test('may come as a list, among others that are named', async t => {
    const list = JSON.stringify({
      kind: 'List',
      items: [
        {
          kind: 'HTTPRoute',
          spec: { rules: [{ filters: [{ type: 'CORS', cors: { allowOrigins: [app] } }] }] },
        },
        { kind: 'Service', metadata: { name: 'shop' } },
      ],
    })
    const { results, unread } = await importsOf(list)
    t.match(results, [{ settings: { allowOrigins: [app] } }])
    t.match(unread, /line 1: Service holds nothing that can be imported/)
  })
})

const nginx = 'nginx.ingress.kubernetes.io'

const ingress = (annotations: Record<string, string>, rules = '') => `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: api
  namespace: shop
  annotations:
${Object.entries(annotations)
  .map(([key, value]) => `    ${nginx}/${key}: ${JSON.stringify(value)}`)
  .join('\n')}
${rules === '' ? '' : `spec:\n  rules:${rules}`}`

const on = { 'enable-cors': 'true', 'cors-allow-origin': app }

t.test('an Ingress', async t => {
  t.test('is taken over annotation by annotation', async t => {
    const { settings, title, starts } = await importOf(
      ingress({
        'enable-cors': 'true',
        'cors-allow-origin': 'https://a.example.test, https://*.b.example.test:9000',
        'cors-allow-methods': 'GET, PUT',
        'cors-allow-headers': 'X-A,DNT',
        'cors-expose-headers': 'ETag, X-B',
        'cors-allow-credentials': 'true',
        'cors-max-age': '600',
      }),
    )
    t.ok(starts)
    t.equal(title, 'Ingress shop/api')
    t.match(settings, {
      allowMethods: ['GET', 'PUT'],
      allowHeaders: ['X-A'],
      exposeHeaders: ['ETag', 'X-B'],
      allowCredentials: true,
      maxAge: 600,
    })
    for (const [origin, isAllowed] of [
      ['https://a.example.test', true],
      ['https://x.b.example.test:9000', true],
      ['https://x.b.example.test', false],
      ['https://x.y.b.example.test:9000', false],
      ['https://b.example.test:9000', false],
      ['http://x.b.example.test:9000', false],
    ] as const) {
      const { origin: allowed } = await answerTo(settings, { path: '/', origin })
      t.equal(allowed, isAllowed ? origin : undefined, `${origin}: a star is one label there`)
    }
  })
  t.test('brings its defaults, and * loses its credentials', async t => {
    const { settings, notes } = await importOf(ingress({ 'enable-cors': 'true' }))
    t.match(settings, {
      allowOrigins: ['*'],
      allowCredentials: false,
      maxAge: 86_400,
      exposeHeaders: [],
    })
    t.match(settings.allowMethods, ['GET', 'PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS'])
    for (const text of [
      /line 8: cors-allow-origin is not set, so its default there is taken: \*/,
      /line 8: It sends \* together with credentials, which browsers refuse/,
      /line 8: A max-age of 1728000 is out of range/,
    ]) {
      t.match(notes, text)
    }
  })
  t.test('that is off lets nobody in', async t => {
    for (const annotations of [
      { 'enable-cors': 'false', 'cors-allow-origin': '*' },
      { 'cors-allow-origin': app },
      { 'enable-cors': 'yes', 'cors-allow-origin': app },
    ]) {
      const { settings, notes } = await importOf(ingress(annotations))
      t.same(settings, { allowOrigins: 'none' })
      t.match(notes, /line [89]: enable-cors is not "true"/)
    }
    const { settings } = await importOf(ingress({ ...on, 'enable-cors': 'T' }))
    t.match(settings.allowOrigins, [app], 'there T is true')
  })
  t.test('takes a default for a value that it does not read', async t => {
    const { settings, notes } = await importOf(
      ingress({
        ...on,
        'cors-allow-methods': '*',
        'cors-allow-headers': 'X-A, *',
        'cors-expose-headers': '*',
        'cors-allow-credentials': 'no',
        'cors-max-age': '-1',
        'cors-new': '1',
      }),
    )
    t.notOk((settings.allowMethods as string[]).includes('*'))
    t.notOk((settings.allowHeaders as string[]).includes('*'))
    t.match(settings, { exposeHeaders: ['*'], allowCredentials: true, maxAge: 0 })
    for (const text of [
      /line 10: cors-allow-methods is not read there as it is written/,
      /line 11: cors-allow-headers is not read there/,
      /line 13: cors-allow-credentials is not read there/,
      /line 14: A max-age of -1 is out of range; .* 0 is taken/,
      /line 15: cors-new is not known/,
    ]) {
      t.match(notes, text)
    }
  })
  t.test('leaves out a bare host, which let strangers in', async t => {
    const { settings, notes } = await importOf(
      ingress({ ...on, 'cors-allow-origin': `example.test, ${app}` }),
    )
    t.same(settings.allowOrigins, [app])
    t.match(notes, /line 9: example\.test has no scheme: .*https:\/\/evilexample\.test/)
  })
  t.test('names a snippet that sets fields of its own', async t => {
    const { notes } = await importOf(
      ingress({
        ...on,
        'configuration-snippet': 'more_set_headers "Access-Control-Allow-Origin: *";',
      }),
    )
    t.match(notes, /line 10: configuration-snippet sets Access-Control fields/)
  })
  t.test('holds for its paths alone', async t => {
    const paths = (list: string) => `
    - http:
        paths:
${list}`
    for (const [what, annotations, list, open, closed] of [
      [
        'a prefix',
        on,
        '          - { path: /api, pathType: Prefix }',
        ['/api', '/api/x'],
        ['/', '/apix', '/other'],
      ],
      [
        'a text, as nginx compares it',
        on,
        '          - { path: /api, pathType: ImplementationSpecific }',
        ['/api', '/apix', '/api/x'],
        ['/', '/ap'],
      ],
      [
        'an expression with a rewrite',
        { ...on, 'rewrite-target': '/$2' },
        '          - { path: "/api(/|$)(.*)" }',
        ['/api', '/api/x'],
        ['/', '/apix', '/API/x'],
      ],
      [
        'a whole path',
        on,
        '          - { path: /api, pathType: Exact }',
        [],
        ['/api', '/api/x', '/'],
      ],
      [
        'an expression',
        { ...on, 'use-regex': 'true' },
        '          - { path: "/v[0-9]+" }',
        [],
        ['/v1', '/'],
      ],
    ] as const) {
      t.test(what, async t => {
        const { settings, starts } = await importOf(ingress(annotations, paths(list)))
        t.ok(starts)
        t.same(await readable(settings, [...open, ...closed]), open)
      })
    }
  })
  t.test('is one import for the hosts of which it says the same', async t => {
    const { results } = await importsOf(
      ingress(
        on,
        `
    - host: a.example.test
      http: { paths: [{ path: /, pathType: Prefix }] }
    - host: b.example.test
      http: { paths: [{ path: /api, pathType: Prefix }] }
    - host: c.example.test
      http: { paths: [{ path: /, pathType: Prefix }] }`,
      ),
    )
    t.match(
      results.map(({ title }) => title),
      [
        'Ingress shop/api, for a.example.test, c.example.test',
        'Ingress shop/api, for b.example.test',
      ],
    )
    t.same(await readable(results[1]?.settings ?? {}, ['/', '/api']), ['/api'])
  })
  t.test('is bounded by another for the same host', async t => {
    const at = (path: string) => `
    - host: a.example.test
      http: { paths: [{ path: ${path}, pathType: Prefix }] }`
    for (const closed of [
      ingress({ 'proxy-body-size': '8m' }, at('/admin')),
      ingress({ ...on, 'enable-cors': 'false' }, at('/admin')),
    ]) {
      const { settings } = await importOf([ingress(on, at('/')), closed].join('\n---\n'))
      t.same(await readable(settings, ['/', '/admin', '/admin/x', '/administrators']), [
        '/',
        '/administrators',
      ])
    }
    const { settings } = await importOf(
      [
        ingress(on, at('/')),
        ingress(
          { 'rewrite-target': '/$2' },
          at('"/admin(/|$)(.*)"').replace('Prefix', 'ImplementationSpecific'),
        ),
      ].join('\n---\n'),
    )
    t.same(
      await readable(settings, ['/', '/ADMIN/x', '/admin/x']),
      [],
      'expressions ignore case there',
    )
  })
  t.test('without CORS is nothing by itself', async t => {
    const { results, unread } = await importsOf(ingress({ 'proxy-body-size': '8m' }))
    t.same(results, [])
    t.match(unread, /line 2: Ingress holds nothing that can be imported/)
  })
})

t.test('the values of a chart', async t => {
  const annotations = `
    ${nginx}/enable-cors: "true"
    ${nginx}/cors-allow-origin: "${app}"`
  for (const [what, text, title, open, closed] of [
    [
      'as helm create writes them',
      `replicaCount: 2
ingress:
  enabled: true
  className: nginx
  annotations:${annotations}
  hosts:
    - host: shop.example.test
      paths:
        - path: /api
          pathType: Prefix
  tls: []
`,
      'values ingress',
      ['/api/x'],
      ['/', '/apix'],
    ],
    [
      'with paths as texts',
      `ingress:
  annotations:${annotations}
  hosts:
    - host: shop.example.test
      paths: ["/api/"]
`,
      'values ingress',
      ['/api/x'],
      ['/'],
    ],
    [
      'with hosts as texts, in a chart of charts',
      `backend:
  ingress:
    annotations:
      ${nginx}/enable-cors: "true"
      ${nginx}/cors-allow-origin: "${app}"
    hosts: [shop.example.test]
`,
      'values backend.ingress',
      ['/', '/x'],
      [],
    ],
    [
      'with one host name',
      `ingress:
  hostname: shop.example.test
  path: /api
  pathType: Prefix
  annotations: &a${annotations}
`,
      'values ingress',
      ['/api'],
      ['/'],
    ],
    [
      'with a route of the Gateway API',
      `httpRoute:
  enabled: true
  parentRefs: [{ name: gateway, sectionName: http }]
  hostnames: [shop.example.test]
  rules:
    - matches: [{ path: { type: PathPrefix, value: /api } }]
      filters:
        - type: CORS
          cors: { allowOrigins: ["${app}"] }
`,
      'values httpRoute',
      ['/api/x'],
      ['/', '/apix'],
    ],
    [
      'that are annotations alone',
      `annotations:${annotations}
`,
      'values ',
      ['/', '/x'],
      [],
    ],
    [
      'that are a piece of an Ingress',
      `metadata:
  name: api
  annotations:${annotations}
spec:
  rules: [{ http: { paths: [{ path: /api, pathType: Prefix }] } }]
`,
      'Ingress api',
      ['/api'],
      ['/'],
    ],
  ] as const) {
    t.test(what, async t => {
      const found = await importOf(text)
      t.equal(found.title, title.trim())
      t.ok(found.starts)
      t.same(await readable(found.settings, [...open, ...closed]), open)
    })
  }
  t.test('that switch it off let nobody in', async t => {
    const { settings, notes } = await importOf(`ingress:
  enabled: false
  annotations:${annotations}
`)
    t.same(settings, { allowOrigins: 'none' })
    t.match(notes, /line 2: enabled is false/)
  })
  t.test('are no template', async t => {
    const { results, unread } = await importsOf(
      'kind: Ingress\nmetadata:\n  {{- with .Values.ingress.annotations }}\n',
    )
    t.same(results, [])
    t.match(unread, /line 3: This is a template of Helm/)
  })
})

t.test('a text that is broken is named by its line, in words of this program', async t => {
  for (const [text, note] of [
    ['kind: Ingress\nmetadata: [\n', /line 3: The text ends before it is complete/],
    ['kind: Ingress\nmetadata: x: y\n', /line 2: "metadata: x: y" is neither YAML nor JSON/],
    ['kind: Ingress\nmetadata: *none\n', /line 2: "metadata: \*none" is neither YAML nor JSON/],
    ['\tkind: Ingress\n', /line 1/],
  ] as const) {
    const { results, unread } = await importsOf(text)
    t.same(results, [])
    t.match(unread, note)
    t.notMatch(unread, /implicit|scalar|flow|indent|alias|collection/i)
  }
})

t.test('aliases and merges of YAML are followed', async t => {
  const { settings } = await importOf(`
x: &cors
  ${nginx}/enable-cors: "true"
  ${nginx}/cors-allow-origin: "https://other.example.test"
ingress:
  annotations:
    ${nginx}/cors-allow-origin: "${app}"
    <<: *cors
`)
  t.same(settings.allowOrigins, [app], 'what is written out wins')
})

// The cases by which the Gateway API proves an implementation of its CORS filter, with values of our own.
t.test('the conformance cases of the Gateway API hold for the import', async t => {
  const rule = (path: string, cors: string) => `
    - matches: [{ path: { type: PathPrefix, value: ${path} } }]
      filters: [{ type: CORS, cors: ${cors} }]`
  const { settings } = await importOf(
    route(
      [
        rule(
          '/one',
          `{ allowOrigins: ["${app}", "https://*.apps.example.test"], allowMethods: [GET, OPTIONS], allowHeaders: [x-one, x-two], exposeHeaders: [x-three, x-four], allowCredentials: true, maxAge: 1800 }`,
        ),
        rule('/two', `{ allowOrigins: ["${app}"], allowMethods: ["*"] }`),
        rule('/any', '{ allowOrigins: ["*"], allowMethods: [PUT], allowCredentials: false }'),
        rule(
          '/all',
          '{ allowOrigins: ["*"], allowMethods: ["*"], allowHeaders: ["*"], allowCredentials: false }',
        ),
        rule(
          '/never',
          '{ allowOrigins: ["*"], allowMethods: ["*"], allowHeaders: ["*"], allowCredentials: true }',
        ),
      ].join(''),
    ),
  )
  const full = {
    credentials: 'true',
    methods: /^(?:GET, OPTIONS|OPTIONS, GET)$/,
    headers: /^(?:x-one, ?x-two|x-two, ?x-one)$/,
    maxAge: '1800',
  }
  for (const origin of [app, 'https://a.apps.example.test', 'https://a.b.apps.example.test']) {
    t.match(
      await answerTo(settings, { path: '/one', origin, asks: 'GET', headers: 'x-one, x-two' }),
      { status: /^20[04]$/, origin, ...full },
      `a preflight of ${origin}`,
    )
    // Browsers read what is exposed off the response itself.
    t.match(await answerTo(settings, { path: '/one', origin }), {
      origin,
      exposed: /^(?:x-three, ?x-four|x-four, ?x-three)$/,
    })
  }
  const other = 'https://appexample.test'
  t.match(await answerTo(settings, { path: '/one', origin: other, asks: 'GET' }), {
    origin: undefined,
  })
  t.match(await answerTo(settings, { path: '/one', origin: other }), { origin: undefined })
  t.match(await answerTo(settings, { path: '/two', asks: 'POST' }), {
    status: /^20[04]$/,
    origin: app,
    methods: /^(?:POST|\*)$/,
    credentials: undefined,
  })
  for (const origin of ['https://else.example', 'https://else.example:12345']) {
    const expected = {
      origin: /^(?:https:\/\/else\.example(?::12345)?|\*)$/,
      credentials: undefined,
    }
    t.match(await answerTo(settings, { path: '/any', origin, asks: 'PUT' }), {
      ...expected,
      methods: 'PUT',
    })
    t.match(await answerTo(settings, { path: '/any', origin, method: 'PUT' }), expected)
    t.match(
      await answerTo(settings, { path: '/all', origin, asks: 'PUT', headers: 'x-one, x-two' }),
      {
        ...expected,
        methods: /^(?:PUT|\*)$/,
        headers: /^(?:x-one, ?x-two|\*)$/,
      },
    )
    t.match(await answerTo(settings, { path: '/all', origin }), expected)
    t.match(
      await answerTo(settings, { path: '/never', origin }),
      { origin: '*', credentials: undefined },
      'every origin with credentials stays refused',
    )
  }
})

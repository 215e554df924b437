// What other tools were told, as settings of this one, and every meaning that gets lost on the way.
import t from 'tap'
import { importDevProxy } from '../../src/cli/import-dev-proxy.js'
import { importGateway } from '../../src/cli/import-gateway.js'
import { importIngress } from '../../src/cli/import-ingress.js'
import { notations, yamlText } from '../../src/cli/imported.js'
import { parseYaml } from '../../src/config/read-sources.js'

const ingress = (annotations: Record<string, string>) =>
  importIngress({
    kind: 'Ingress',
    metadata: {
      name: 'api',
      namespace: 'shop',
      annotations: Object.fromEntries(
        Object.entries(annotations).map(([key, value]) => [
          `nginx.ingress.kubernetes.io/${key}`,
          value,
        ]),
      ),
    },
  })

const route = (...rules: object[]) => importGateway({ kind: 'HTTPRoute', spec: { rules } })
const cors = (filter: object, matches?: object[]) => ({
  ...(matches && { matches }),
  filters: [{ type: 'CORS', cors: filter }],
})

t.test('annotations of ingress-nginx', async t => {
  t.test('are taken over name by name', async t => {
    const found = ingress({
      'enable-cors': 'true',
      'cors-allow-origin': 'https://a.example, https://*.b.example',
      'cors-allow-methods': 'GET, PUT',
      'cors-allow-headers': 'X-A,DNT',
      'cors-expose-headers': 'ETag, X-B',
      'cors-allow-credentials': 'true',
      'cors-max-age': '600',
    })
    t.match(found, {
      title: 'Ingress shop/api',
      settings: {
        allowOrigins: ['https://a.example', 'https://*.b.example'],
        allowMethods: ['GET', 'PUT'],
        allowHeaders: ['X-A'],
        exposeHeaders: ['ETag', 'X-B'],
        allowCredentials: true,
        maxAge: 600,
      },
    })
    t.match(found?.warnings.join('\n'), /No page can set DNT/)
    t.match(found?.warnings.join('\n'), /here it covers deeper names too/)
  })
  t.test('bring their defaults with them, and * loses its credentials', async t => {
    const found = ingress({ 'enable-cors': 'true' })
    t.match(found?.settings, { allowOrigins: ['*'], allowCredentials: false, maxAge: 86_400 })
    const warnings = found?.warnings.join('\n')
    t.match(warnings, /together with credentials, which browsers refuse/)
    t.match(warnings, /cors-allow-origin was not set, so its default/)
    t.match(warnings, /1728000 is out of range/)
  })
  t.test('that were off, or that nobody knows, are said to be', async t => {
    const found = ingress({ 'cors-allow-origin': 'https://a.example', 'cors-new': '1' })
    t.match(found?.warnings, [/enable-cors is not "true"/, /cors-new is not known/])
  })
  t.test('are nothing when there are none', async t => {
    t.equal(ingress({ 'proxy-body-size': '8m' }), undefined)
    t.equal(importIngress('text'), undefined)
  })
})

t.test('the CORS filter of an HTTPRoute', async t => {
  t.test('is the global policy where it covers all paths', async t => {
    t.match(route(cors({ allowOrigins: ['https://a.example'], allowCredentials: true })), {
      settings: {
        allowOrigins: ['https://a.example'],
        allowCredentials: true,
        allowMethods: ['GET', 'HEAD', 'POST'],
        allowHeaders: [],
        maxAge: 5,
      },
      warnings: [],
    })
  })
  t.test('is a policy for a path elsewhere', async t => {
    const found = route(
      cors({ allowOrigins: ['*'], allowCredentials: true }, [
        { path: { type: 'Exact', value: '/a' }, method: 'GET' },
        { path: { type: 'RegularExpression', value: '/b.*' } },
      ]),
    )
    t.match(found?.settings, {
      paths: [{ match: '/a', allowOrigins: ['*'], allowCredentials: false }],
    })
    const warnings = found?.warnings.join('\n')
    for (const text of [
      /lets every site read with the visitor’s cookies/,
      /also asked for method/,
      /covered \/a exactly/,
      /regular expression \/b\.\*, which is left out/,
      /No rule covers all paths/,
    ]) {
      t.match(warnings, text)
    }
  })
  t.test('is nothing where there is none', async t => {
    t.equal(route({ filters: [{ type: 'URLRewrite' }] }), undefined)
    t.equal(importGateway({ kind: 'Ingress' }), undefined)
  })
})

t.test('the proxy block of a dev server', async t => {
  const settings = (document: unknown) => importDevProxy(document)?.settings
  t.test('is found where webpack, Vite and create-react-app keep it', async t => {
    const block = { '/': 'http://localhost:4000' }
    for (const document of [
      block,
      { proxy: block },
      { devServer: { proxy: block } },
      { server: { proxy: block } },
      { name: 'app', proxy: 'http://localhost:4000' },
      [{ context: ['/'], target: 'http://localhost:4000' }],
    ]) {
      t.match(settings(document), { upstream: 'http://localhost:4000', hostHeader: 'client' })
    }
  })
  t.test('becomes routes', async t => {
    const found = importDevProxy({
      '/api': { target: 'http://localhost:1', changeOrigin: true, pathRewrite: { '^/api': '' } },
      '^/ws/.*': { target: 'ws://localhost:2', ws: true },
    })
    t.match(found?.settings, {
      allowOrigins: ['http://localhost:*'],
      routes: [
        {
          prefix: '/api',
          upstream: 'http://localhost:1',
          hostHeader: 'upstream',
          stripPrefix: true,
        },
        { prefix: '/ws', upstream: 'http://localhost:2', hostHeader: 'client' },
      ],
    })
    t.notOk(found && 'websockets' in found.settings, 'WebSockets stay on where one rule has them')
    t.match(found?.warnings, [/no policy to read/])
  })
  t.test('takes options along, and says which it cannot', async t => {
    const found = importDevProxy({
      '/a': {
        target: 'https://localhost:1',
        secure: false,
        proxyTimeout: 5000,
        cookieDomainRewrite: '',
        headers: { 'X-Key': 'abc' },
        bypass: true,
      },
      '/a/b': { target: 'http://localhost:2', pathRewrite: { '^/a/b': '/c' } },
      '/x(y|z)': 'http://localhost:3',
      '/f': '/file',
    })
    t.match(found?.settings, {
      upstreamInsecure: true,
      upstreamTimeout: '5000ms',
      cookieRewrite: 'dev',
      setRequestHeaders: ['X-Key: abc'],
      websockets: false,
    })
    const warnings = found?.warnings.join('\n')
    for (const text of [
      /\/a: bypass has no counterpart/,
      /\/a: its headers are sent to every upstream/,
      /\/a\/b: its pathRewrite does more/,
      /\/x\(y\|z\) is a pattern/,
      /\/f has no target that is a URL/,
      /\/a came first and hid \/a\/b/,
      /secure: false leaves every upstream unverified/,
    ]) {
      t.match(warnings, text)
    }
  })
  t.test('is nothing where there is none', async t => t.equal(settings({ a: 1 }), undefined))
})

t.test('settings in three notations', async t => {
  const imported = (settings: object) => ({ title: '', settings, warnings: [] })
  t.test('are quoted where the shell would read them', async t => {
    const text = notations(imported({ allowOrigins: ["https://*.a'b"], allowCredentials: true }))
    t.match(
      text,
      `cors-sidecar --allow-origins='https://*.a'\\''b' \\\n    --allow-credentials=true`,
    )
    t.match(text, "CORS_SIDECAR_ALLOW_ORIGINS=https://*.a'b\n  CORS_SIDECAR_ALLOW_CREDENTIALS=true")
  })
  t.test('are a file alone where only a file can say them', async t => {
    for (const settings of [
      { routes: [{ prefix: '/a', upstream: 'http://x' }] },
      { allowOrigins: ['/https://(a|b)\\.test/'] },
    ]) {
      const text = notations(imported(settings))
      t.match(text, /^Configuration file/)
      t.notMatch(text, /Variables/)
    }
  })
  t.test('are YAML that is read as the same settings', async t => {
    const settings = {
      allowOrigins: ['*', 'https://a.test', 'null', 'a: b'],
      allowHeaders: [],
      allowCredentials: false,
      maxAge: 600,
      via: 'off',
      paths: [{ match: '/a b', maxAge: 'unset', allowOrigins: ['x'] }, { match: '/c' }],
    }
    const parsed = await parseYaml(yamlText(settings))
    t.same('documents' in parsed && parsed.documents, [settings])
  })
})

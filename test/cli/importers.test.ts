// What other tools were told, as settings of this one, and every meaning that gets lost on the way.
import t from 'tap'
import { importGateway } from '../../src/cli/import/gateway.js'
import { notations, yamlText } from '../../src/cli/import/imported.js'
import { importIngress } from '../../src/cli/import/ingress.js'
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
    t.match(found?.warnings.map(({ text }) => text).join('\n'), /No page can set DNT/)
    t.match(found?.warnings.map(({ text }) => text).join('\n'), /here it covers deeper names too/)
  })
  t.test('bring their defaults with them, and * loses its credentials', async t => {
    const found = ingress({ 'enable-cors': 'true' })
    t.match(found?.settings, { allowOrigins: ['*'], allowCredentials: false, maxAge: 86_400 })
    const warnings = found?.warnings.map(({ text }) => text).join('\n')
    t.match(warnings, /together with credentials, which browsers refuse/)
    t.match(warnings, /cors-allow-origin was not set, so its default/)
    t.match(warnings, /1728000 is out of range/)
  })
  t.test('that were off, or that nobody knows, are said to be', async t => {
    const found = ingress({ 'cors-allow-origin': 'https://a.example', 'cors-new': '1' })
    t.match(found?.warnings, [
      { text: /enable-cors is not "true"/ },
      { text: /cors-new is not known/ },
    ])
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
    const warnings = found?.warnings.map(({ text }) => text).join('\n')
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

t.test('settings in three notations', async t => {
  const imported = (settings: object) => ({ title: '', settings, warnings: [] })
  t.test('are quoted where the shell would read them', async t => {
    const text = notations(imported({ allowOrigins: ['https://*.a$b'], allowCredentials: true }))
    t.match(text, "cors-sidecar --allow-origins='https://*.a$b' --allow-credentials=true")
    t.match(
      text,
      "CORS_SIDECAR_ALLOW_ORIGINS='https://*.a$b'\n  CORS_SIDECAR_ALLOW_CREDENTIALS=true",
    )
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

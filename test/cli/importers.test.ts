// What other tools were told, as settings of this one, and every meaning that gets lost on the way.
import t from 'tap'
import { notations, yamlText } from '../../src/cli/import/imported.js'
import { parseYaml } from '../../src/config/read-sources.js'

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

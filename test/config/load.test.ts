import t from 'tap'
import { type LoadInput, loadSettings } from '../../src/config/load.js'
import { problemText } from '../../src/config/problem.js'

type Given = Partial<Omit<LoadInput, 'read'>> & { files?: Record<string, string> }

/** Loads settings from made-up sources: no real environment and no real file is looked at. */
async function load({ files = {}, ...given }: Given) {
  const result = await loadSettings({
    arguments: ['http://127.0.0.1:5000'],
    env: {},
    cwd: '/work',
    isTerminal: false,
    execArgv: [],
    nodeVersion: '24.1.0',
    now: Date.parse('2026-01-01'),
    read: path => {
      const text = files[path]
      return text === undefined ? { failure: 'there is no such file' } : { text }
    },
    ...given,
  })
  const texts = result.problems.map(problem => {
    const { what, cure } = problemText(problem)
    return cure === '' ? what : `${what} ${cure}`
  })
  return { ...result, settings: result.ok ? result.settings : undefined, texts }
}

t.test('of the sources that set an option the strongest wins', async t => {
  const files = {
    '/work/.env': 'CORS_SIDECAR_MAX_AGE=3m\nCORS_SIDECAR_LOG_LEVEL=warn\nCORS_SIDECAR_WORKERS=3',
    '/work/c.yaml': 'maxAge: 4m\nlogLevel: error\nworkers: 4\nmaxConnections: 7',
  }
  const { settings, provenance, texts } = await load({
    files,
    flags: { 'allow-origins': 'https://app.example.com', 'max-age': '1m', config: 'c.yaml' },
    env: { CORS_SIDECAR_MAX_AGE: '2m', CORS_SIDECAR_LOG_LEVEL: 'debug' },
  })
  t.same(texts, [])
  t.match(settings, { maxAge: 60, logLevel: 'debug', workers: 3, maxConnections: 7 })
  t.match(provenance, {
    maxAge: { kind: 'flag', source: 'command line', name: '--max-age' },
    logLevel: { kind: 'environment', source: 'environment', name: 'CORS_SIDECAR_LOG_LEVEL' },
    workers: { kind: 'env-file', source: '.env', name: 'CORS_SIDECAR_WORKERS' },
    maxConnections: { kind: 'config', source: 'c.yaml', name: 'maxConnections' },
    retries: { kind: 'default' },
  })
})

t.test('everything that is wrong is said at once', async t => {
  const { ok, texts } = await load({
    flags: {
      'allow-origins': 'https://app.example.com',
      'upstream-timeout': '2d',
      'log-levl': 'info',
    },
    env: { CORS_SIDECAR_WORKERS: 'many', CORS_SIDECAR_MAXAGE: '5' },
  })
  t.notOk(ok)
  t.same(texts, [
    '--log-levl (command line): is not an option. Write --log-level',
    '--upstream-timeout (command line): "2d" counts in days, and hours are the longest unit. Write 48h',
    'CORS_SIDECAR_WORKERS (environment): "many" is not a whole number. Write a number from 1 to 256, digits only.',
    'CORS_SIDECAR_MAXAGE (environment): is not an option, and is ignored. Write CORS_SIDECAR_MAX_AGE',
  ])
})

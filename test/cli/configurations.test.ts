// A shared list of configurations, most of them wrong, against the program as people start it.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { load } from '../config/made-up-sources.js'
import { runProgram } from './run-program.js'

interface Case {
  readonly id: string
  readonly env?: Record<string, string>
  readonly flags?: readonly string[]
  readonly expect: string
  readonly why: string
}

// Each case starts a process, and a busy machine starts them slowly.
t.setTimeout(180_000)

const file = fileURLToPath(new URL('../../../test/cases/configurations.json', import.meta.url))
const cases: readonly Case[] = JSON.parse(readFileSync(file, 'utf8'))

/** The list has names of its own for the options. */
const spelled: Record<string, (value: string) => readonly [name: string, value: string]> = {
  ALLOWED_ORIGINS: value => ['CORS_SIDECAR_ALLOW_ORIGINS', value],
  ALLOWED_METHODS: value => ['CORS_SIDECAR_ALLOW_METHODS', value],
  ALLOWED_HEADERS: value => ['CORS_SIDECAR_ALLOW_HEADERS', value],
  EXPOSED_HEADERS: value => ['CORS_SIDECAR_EXPOSE_HEADERS', value],
  ALLOW_CREDENTIALS: value => ['CORS_SIDECAR_ALLOW_CREDENTIALS', value],
  MAX_AGE: value => ['CORS_SIDECAR_MAX_AGE', value],
  UPSTREAM: value => ['CORS_SIDECAR_UPSTREAM', value],
  UPSTREAM_CA_FILE: value => ['CORS_SIDECAR_UPSTREAM_CA', value],
  UPSTREAM_TIMEOUT_MS: value => ['CORS_SIDECAR_UPSTREAM_TIMEOUT', `${value}ms`],
  HEADERS_TIMEOUT_MS: value => ['CORS_SIDECAR_HEADERS_TIMEOUT', `${value}ms`],
  DRAIN_TIMEOUT_MS: value => ['CORS_SIDECAR_SHUTDOWN_TIMEOUT', `${value}ms`],
  MAX_CONNECTIONS: value => ['CORS_SIDECAR_MAX_CONNECTIONS', value],
  LISTEN_HOST: value => ['CORS_SIDECAR_LISTEN', `${value}:8010`],
  METRICS_PORT: value => ['CORS_SIDECAR_ADMIN_LISTEN', `127.0.0.1:${value}`],
  ROUTES: value => ['CORS_SIDECAR_ROUTES', value],
  CONFIG_FILE: value => ['CORS_SIDECAR_CONFIG', value],
  PORT: value => ['PORT', value],
  NODE_OPTIONS: value => ['NODE_OPTIONS', value],
}

/** Where the interface of this program decides otherwise, with what it does instead. */
const decidedOtherwise: Record<string, { readonly because: string; readonly says: RegExp }> = {
  c017: {
    because: 'without a list it starts, refuses every origin, and gives a loud hint',
    says: /with 1 warning.*CORS_SIDECAR_ALLOW_ORIGINS: is empty/s,
  },
  c022: {
    because: 'one trailing slash is a harmless spelling, normalised with a warning',
    says: /"https:\/\/app\.example\.com\/" .*Write https:\/\/app\.example\.com\n/s,
  },
  c028: {
    because: 'a name with a dot at its end is an origin of its own, which a list may name',
    says: /The configuration is good/,
  },
  c047: {
    because: 'a line break is white space, which separates the items of a list',
    says: /The configuration is good/,
  },
  c049: { because: 'yes is a boolean', says: /The configuration is good/ },
  c054: {
    because: '* with credentials is answered with the one method that was asked for',
    says: /The configuration is good/,
  },
  c058: {
    because: '* with credentials is answered with the headers that were asked for',
    says: /The configuration is good/,
  },
  c059: {
    because: '* with credentials is expanded to the names that the answer has',
    says: /The configuration is good/,
  },
  c076: {
    because: 'the grace period is known to Kubernetes alone, so its usual 30 s give a warning',
    says: /CORS_SIDECAR_SHUTDOWN_TIMEOUT .*Kubernetes kills after 30s/,
  },
  c091: {
    because: 'the first argument is the upstream; it is a second one that is refused',
    says: /The configuration is good/,
  },
}

/** What a message must hold beside the name of the variable. */
const alsoNames: Record<string, readonly (RegExp | string)[]> = {
  c007: ['has a query'],
  c010: ['port 0'],
  c013: ['(PORT)'],
  c020: ['entry 2'],
  c021: ['"app.example.com"', 'Write https://app.example.com'],
  c023: ['https://app.example.com/path'],
  c024: ['https://app.example.com?x'],
  c025: ['https://u@app.example.com'],
  c029: ['https://app..example.com'],
  c030: ['127.0.0.1'],
  c032: ['https://app.*.com'],
  c034: ['https://example.*'],
  c035: ['https://*.*.example.com'],
  c036: ['*://app.example.com'],
  c038: ['public suffix com'],
  c039: ['public suffix github.io'],
  c041: ['https://(a'],
  c042: ['"null"'],
  c044: ['"*"', 'CORS_SIDECAR_ALLOW_CREDENTIALS'],
  c045: ['"*"'],
  c046: ['http://app.example.com', 'CORS_SIDECAR_ALLOW_CREDENTIALS'],
  c048: ['has quotes in it'],
  c057: ['Cookie'],
  c060: ['Set-Cookie'],
  c063: [/24 ?h|86400/],
  c081: ['/a/../b'],
  c085: ['CORS_SIDECAR_ADMIN_LISTEN', 'PORT'],
  c087: ['--insecure-http-parser'],
  c095: ['"https://app.example.com"'],
  c097: ['"*"'],
}

/** The placeholders that an expectation names, as this program spells them. */
const namesIn = (expectation: string): string[] =>
  [...expectation.matchAll(/[A-Z][A-Z_]+[A-Z]/g)].flatMap(([placeholder]) => {
    const spelling = spelled[placeholder]
    return spelling === undefined ? [] : [spelling('')[0]]
  })

for (const { id, env = {}, flags = [], expect, why } of cases) {
  const own = Object.entries(env).flatMap(([name, value]) => {
    const spelling = spelled[name]
    return spelling === undefined ? [] : [spelling(value)]
  })
  const environment = Object.fromEntries(own)
  const otherwise = decidedOtherwise[id]
  const isRefused = expect.startsWith('refused') && otherwise === undefined
  t.test(`${id}, ${why}: ${otherwise?.because ?? expect}`, async t => {
    // No environment can hold a NUL, but a file of variables can.
    if (Object.values(environment).some(value => value.includes('\0'))) {
      const { ok, texts } = await load({ arguments: [], env: environment })
      t.equal(ok, false)
      t.match(texts, [/^CORS_SIDECAR_UPSTREAM .*"http:\/\/api\.internal\\u0000\.evil\.test"/])
      return
    }
    const words = isRefused ? [...flags] : ['check', ...flags]
    const { code, stdout, stderr } = await runProgram(words, { env: environment })
    const said = isRefused ? stderr : stdout
    t.equal(code, isRefused ? 2 : 0, said)
    if (isRefused) t.match(said, /^cors-sidecar did not start: \d+ problems? /)
    if (otherwise !== undefined) t.match(said, otherwise.says)
    else {
      for (const name of namesIn(expect)) t.match(said, name)
      for (const text of alsoNames[id] ?? []) t.match(said, text)
    }
  })
}

t.test('a decision of our own is about a case that exists', async t => {
  const ids = new Set(cases.map(({ id }) => id))
  for (const id of Object.keys(decidedOtherwise)) t.ok(ids.has(id), id)
})

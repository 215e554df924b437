// The shared cases about policies that are refused or warned about, against `check --json`.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { check } from '../../src/cli/check.js'

interface Case {
  readonly id: string
  readonly kind: string
  readonly why: string
  readonly policy: {
    readonly origins?: readonly string[]
    readonly methods?: readonly string[]
    readonly headers?: readonly string[]
    readonly expose?: readonly string[]
    readonly credentials?: boolean
    readonly maxAge?: number
    readonly preflightStatus?: number
    readonly missingOrigin?: 'static'
    readonly dangerously?: { readonly insecureOrigins?: boolean }
  }
  readonly expect: {
    readonly config: 'ok' | 'warn' | 'reject'
    readonly code: string | null
    readonly codes?: readonly string[]
    readonly suggestion?: string
    readonly normalised?: readonly string[]
  }
}

interface Said {
  readonly ok: boolean
  readonly problems: readonly {
    readonly severity: string
    readonly code: string
    readonly correction?: string
    readonly normalised?: string
  }[]
}

const file = fileURLToPath(new URL('../../../test/cases/cors.json', import.meta.url))
const all: readonly Case[] = JSON.parse(readFileSync(file, 'utf8'))
const cases = all.filter(({ kind }) => kind === 'config')

/** The case's policy as a configuration file; what it leaves out is what the cases assume. */
const settingsOf = ({ policy }: Case): object => ({
  upstream: 'http://203.0.113.7:9000',
  allowOrigins: policy.origins,
  allowMethods: policy.methods,
  allowHeaders: policy.headers,
  exposeHeaders: policy.expose,
  allowCredentials: policy.credentials ?? false,
  maxAge: policy.maxAge ?? 'unset',
  preflightStatus: policy.preflightStatus,
  // With several origins there is no telling which one a fixed fallback would stand for.
  originFallback: policy.missingOrigin === 'static' ? policy.origins?.join(' ') : undefined,
  unsafeAllow: policy.dangerously?.insecureOrigins ? ['insecure-origins'] : undefined,
})

for (const example of cases) {
  const { id, why, expect } = example
  t.test(`${id}: ${why}`, async t => {
    let stdout = ''
    const code = await check({
      load: {
        flags: { config: 'case.json' },
        env: {},
        cwd: '/srv/app',
        isTerminal: false,
        read: path =>
          path === '/srv/app/case.json'
            ? { text: JSON.stringify(settingsOf(example)) }
            : { failure: 'there is no such file' },
      },
      own: new Map([['json', ['true']]]),
      arguments: [],
      commands: [],
      isColoured: false,
      print: text => {
        stdout += text
      },
      printError: text => t.fail(text),
    })
    const { ok, problems }: Said = JSON.parse(stdout)
    const isRefused = expect.config === 'reject'
    t.equal(code, isRefused ? 2 : 0, stdout)
    t.equal(ok, !isRefused)
    const severity = isRefused ? 'error' : 'warning'
    const codes = problems.filter(problem => problem.severity === severity).map(({ code }) => code)
    for (const wanted of expect.codes ?? (expect.code === null ? [] : [expect.code])) {
      t.ok(codes.includes(wanted), `${wanted} is among ${codes.join(', ')}`)
    }
    if (expect.config === 'ok') t.same(codes, [])
    const found = problems.find(problem => problem.code === expect.code)
    if (expect.suggestion !== undefined) t.equal(found?.correction, expect.suggestion)
    if (expect.normalised !== undefined) t.same([found?.normalised], expect.normalised)
  })
}

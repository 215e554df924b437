// Names that strangers chose, in text that a person pastes: real shells read it, and nothing runs.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import t from 'tap'
import { asCurl, asFetch } from '../../inspector/model/as-request.js'
import { notations } from '../../src/cli/import/imported.js'
import { suggestionText } from '../../src/cli/suggestion-text.js'
import { toView } from '../../src/observe/exchange-view.js'
import { createExchangeWriter } from '../../src/observe/log-fields.js'
import { createPrettyLines } from '../../src/observe/pretty-lines.js'
import { settingsText } from '../../src/observe/settings-text.js'
import { createSuggester } from '../../src/observe/suggest.js'
import { assignment, flagWord, shellWord } from '../../src/terms/paste.js'
import { sampleDecision, sampleExchange } from '../observe/sample-exchange.js'
import { need } from '../support/need.js'

const pieces = [
  '$(touch ran)',
  '`touch ran`',
  'touch$IFS"ran"',
  ';touch ran;',
  '|touch ran',
  '&touch ran&',
  '<(touch ran)',
  '>ran',
  '>>ran',
  '$\u007bx:-$(touch ran)}',
  '$((1+1))',
  "$'\\x60'",
  '!touch',
  '!!',
  '^a^touch ran',
  '#',
  '~',
  '=ls',
  '*',
  '?',
  '[a-z]',
  '{a,b}',
  '@a',
  '--%',
  '-x',
  '%1',
  '\\',
  '\\\\',
  '"',
  "'",
  "''",
  '\u2018',
  '\u2019',
  '\u201c',
  '\u2013x',
  ' ',
  '\t',
  '\n',
  '\r',
  '\u001b[2J',
  '\u009b',
  '\u202e',
  ',',
  '=',
  'a',
  'é',
  '$env:x',
  '$(New-Item ran)',
]

/** The same in every run: a generator with a seed. */
function drawnFrom(seed: number): () => string {
  let state = seed
  const below = (limit: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
  return () => Array.from({ length: 1 + below(5) }, () => pieces[below(pieces.length)]).join('')
}

const hostile = [...pieces, ...Array.from({ length: 400 }, drawnFrom(7))]

interface Shell {
  readonly name: 'bash' | 'dash' | 'zsh'
  readonly path: string
  readonly skip: string | false
}

const shells: readonly Shell[] = [
  { name: 'bash', path: '/bin/bash', skip: existsSync('/bin/bash') ? false : 'no bash' },
  { name: 'dash', path: '/bin/sh', skip: false },
  { name: 'zsh', ...need('zsh') },
]

/** Types the lines into an interactive shell, where `!` means something, too. */
function typed(shell: Shell, folder: string, lines: readonly string[]): string[] {
  const { path, name } = shell
  const plain = { bash: ['--norc'], dash: [], zsh: ['-f'] }[name]
  const output = execFileSync(path, [...plain, '-i'], {
    cwd: folder,
    env: { HOME: folder, PATH: '/bin:/usr/bin', PS1: '', PS2: '', HISTFILE: '/dev/null' },
    input: `${lines.join('\n')}\n`,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  return output.split('\u0001')
}

const show = 'show() { printf \'%s\\001\' "$@"; }'

for (const shell of shells) {
  t.test(
    `${shell.name} reads a word as it was meant, and runs nothing`,
    { skip: shell.skip },
    async t => {
      const folder = t.testdir({})
      const sayable = hostile.filter(value => shellWord(value) !== undefined)
      t.ok(sayable.length > 100, 'most can be said')
      const lines = sayable.flatMap(value => [
        `show ${shellWord(value)} ${flagWord('flag', value)}`,
        `${assignment('NAME', value)}`,
        'show "$NAME"',
      ])
      const read = typed(shell, folder, [show, ...lines])
      t.strictSame(
        read.slice(0, -1),
        sayable.flatMap(value => [value, `--flag=${value}`, value]),
      )
      t.strictSame(readdirSync(folder), [])
    },
  )
}

t.test(
  'whatever was asked for, what is printed as a command or as variables runs nothing',
  async t => {
    const lines = hostile.flatMap(name => [
      ...settingLines({ allowOrigins: [name] }),
      ...settingLines({ allowMethods: ['GET', name], allowHeaders: [name] }),
      ...curlLines(name),
      ...importLines(name),
      ...hintLines(name),
      ...suggestedLines(name),
    ])
    t.ok(lines.length > 1000)
    for (const shell of shells) {
      t.test(shell.name, { skip: shell.skip }, async t => {
        const folder = t.testdir({})
        typed(shell, folder, ['curl() { :; }', 'cors-sidecar() { :; }', ...lines])
        t.strictSame(readdirSync(folder), [])
      })
    }
  },
)

t.test(
  'PowerShell reads a word as it was meant, and runs nothing',
  { skip: need('powershell').skip },
  async t => {
    const folder = t.testdir({})
    const sayable = hostile.filter(value => shellWord(value) !== undefined)
    const lines = sayable.map(value => `show ${shellWord(value)} ${flagWord('flag', value)}`)
    const showing = 'function show { foreach ($word in $args) { [Console]::Write("$word`u{1}") } }'
    const output = execFileSync(need('powershell').path, ['-NoProfile', '-Command', '-'], {
      cwd: folder,
      input: `${[showing, ...lines].join('\n')}\n`,
      encoding: 'utf8',
    })
    t.strictSame(
      output.split('\u0001').slice(0, -1),
      sayable.flatMap(value => [value, `--flag=${value}`]),
    )
    t.strictSame(readdirSync(folder), [])
  },
)

t.test('nothing within quotes ends them, in PowerShell neither', async t => {
  for (const value of hostile) {
    t.match(shellWord(value) ?? '', /^(?:[\w./:@-]*|'[^'\u2018-\u201b]*')$/, JSON.stringify(value))
  }
})

t.test('a fetch call holds its strings and nothing else', async t => {
  for (const name of hostile) {
    const call = asFetch(viewOf(name), 'http://localhost:8010')
    let calls = 0
    const fetch = () => {
      calls += 1
    }
    // The text is JavaScript for a console; here it is read by the same grammar.
    await new Function('fetch', `return (async () => { ${call} })()`)(fetch)
    t.equal(calls, 1)
    t.notMatch(call, /[^\n\P{C}]/u)
  }
})

function settingLines(values: Record<string, string[]>): string[] {
  const { flag, variable } = settingsText(values)
  return [...(flag === undefined ? [] : [`cors-sidecar ${flag}`]), ...(variable?.split('\n') ?? [])]
}

function viewOf(name: string) {
  return toView(
    sampleExchange({
      method: name,
      target: `/${name}?${name}=${name}`,
      requestHeaders: ['Host', 'localhost', name, 'x', 'X-Name', name],
    }),
  )
}

function curlLines(name: string): string[] {
  return [asCurl(viewOf(name)).text]
}

function importLines(name: string): string[] {
  const text = notations({ title: '', settings: { allowOrigins: [name] }, warnings: [] })
  return text
    .split('\n')
    .map(line => line.trim())
    .filter(line => /^(?:cors-sidecar|CORS_SIDECAR_)/.test(line))
}

/** The hint behind a refused line, as far as it is a command. */
function hintLines(name: string): string[] {
  const pretty = createPrettyLines(false)
  const decision = sampleDecision({
    kind: 'preflight',
    verdict: 'refused',
    reason: 'header-not-allowed',
    subject: name,
  })
  const record = createExchangeWriter(true)(sampleExchange({ method: 'OPTIONS', decision }))
  const line = pretty(`{"level":"info","time":"2026-01-02T03:04:05.000Z",${record}}`)
  const hint = /To allow it: (.*)/.exec(line)?.[1]
  return hint === undefined ? [] : [`cors-sidecar ${hint}`]
}

function suggestedLines(name: string): string[] {
  const suggester = createSuggester()
  const origin = 'https://app.example.com'
  suggester.record(
    sampleExchange({
      method: 'OPTIONS',
      decision: sampleDecision({ kind: 'preflight', origin }),
      requestHeaders: [
        'Access-Control-Request-Method',
        name,
        'Access-Control-Request-Headers',
        name,
      ],
    }),
  )
  suggester.record(sampleExchange({ decision: sampleDecision({ origin: `app://${name}` }) }))
  return suggestionText(suggester.suggest())
    .split('\n')
    .map(line => line.trim())
    .filter(line => /^(?:--|CORS_SIDECAR_)/.test(line))
    .map(line => (line.startsWith('--') ? `cors-sidecar ${line}` : line))
}

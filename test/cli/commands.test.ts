// The commands as a person meets them: what they print, and the exit code.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { commands } from '../../src/cli/commands.js'
import { helpText } from '../../src/cli/help.js'
import { optionNames, optionRow } from '../../src/config/options.js'
import { flagName } from '../../src/terms/option-names.js'
import { runProgram } from './run-program.js'

// Each case starts a process, and a busy machine starts them slowly.
t.setTimeout(180_000)
const folder = mkdtempSync(join(tmpdir(), 'commands-'))
t.teardown(() => rmSync(folder, { recursive: true }))
const good = ['http://127.0.0.1:9000', '-o', 'https://app.example.com']

t.test('--help fits the smallest terminal: five examples, ten options, every command', async t => {
  const { code, stdout, stderr } = await runProgram(['--help'])
  t.equal(code, 0)
  t.equal(stderr, '')
  const lines = stdout.trimEnd().split('\n')
  t.ok(lines.length <= 25, `${lines.length} lines`)
  t.same(
    lines.filter(line => line.length > 80),
    [],
  )
  const examples = lines.filter(line => line.startsWith('  cors-sidecar '))
  t.equal(examples.length, 5)
  for (const example of examples) {
    const [, words = ''] = /^ {2}cors-sidecar (.*?)(?: {2}|$)/.exec(example) ?? []
    const typed = words.replaceAll("'", '').split(' ')
    if (typed[0] === '-c') continue
    const checked = await runProgram(['check', ...typed])
    t.match(checked, { code: 0, stdout: /^The configuration is good/ }, example)
  }
  t.equal(lines.filter(line => /^ {2}(?:-|\s+--)/.test(line)).length, 10)
  t.match(stdout, '--route /PREFIX=URL')
  for (const { name } of commands) t.match(stdout, name)
  t.equal((await runProgram(['help'])).stdout, stdout)
})

t.test('--help --all lists every command and every option, in 80 columns', async t => {
  const { code, stdout, stderr } = await runProgram(['--help', '--all'])
  t.equal(code, 0)
  t.equal(stderr, '')
  for (const { name } of commands) t.match(stdout, ` ${name} `)
  for (const name of optionNames) {
    if (optionRow(name).flag) t.match(stdout, new RegExp(`--${flagName(name)}\\b`))
  }
  t.same(
    stdout.split('\n').filter(line => line.length > 80),
    [],
  )
  t.equal((await runProgram(['help', 'all'])).stdout, stdout)
})

t.test('help of a group has its options and no others, in up to 100 columns', async t => {
  for (const group of ['policy', 'forwarding', 'listening']) {
    const text = (await helpText(commands, group, 200)) ?? ''
    for (const name of optionNames) {
      const row = optionRow(name)
      if (!row.flag) continue
      t.equal(
        new RegExp(`^ .*--${flagName(name)}(?= |$)`, 'm').test(text),
        row.group === group,
        name,
      )
    }
    const longest = Math.max(...text.split('\n').map(line => line.length))
    t.ok(longest > 80 && longest <= 100, `${longest} columns`)
  }
})

t.test('help of an option is found by any of its names', async t => {
  const wanted = await helpText(commands, 'allowOrigins')
  for (const name of ['allow-origins', '--allow-origins', 'allow-origin', 'allowOrigin']) {
    t.equal(await helpText(commands, name), wanted, name)
  }
  t.match(await helpText(commands, '--no-websockets'), '--websockets')
  t.match(await runProgram(['help', 'chek']), { code: 2, stderr: /Write cors-sidecar help check/ })
})

t.test('help of a command shows what is its own', async t => {
  for (const { name, flags } of commands) {
    const { code, stdout } = await runProgram([name, '--help'])
    t.equal(code, 0)
    t.match(stdout, `Usage: cors-sidecar ${name}`)
    for (const flag of Object.keys(flags)) t.match(stdout, `--${flag}`)
  }
})

t.test('--version prints the version and nothing else', async t => {
  t.match(await runProgram(['--version']), { code: 0, stdout: /^\d+\.\d+\.\d+\n$/, stderr: '' })
})

t.test('check', async t => {
  t.test('says that a configuration is good', async t => {
    t.match(await runProgram(['check', ...good]), { code: 0, stdout: /^The configuration is good/ })
  })
  t.test('says everything that is wrong, with the text to write', async t => {
    const env = {
      CORS_SIDECAR_ALLOW_ORIGINS: 'https://shop.example/api',
      CORS_SIDECAR_STRICT: 'ja',
    }
    const words = ['check', 'http://127.0.0.1:9000', '--max-age', '2d', '--wrkers', '2']
    const { code, stdout } = await runProgram(words, { env })
    t.equal(code, 2)
    for (const text of [
      /^cors-sidecar would not start: 4 problems in the configuration\.\n/,
      /\n {2}CORS_SIDECAR_ALLOW_ORIGINS \(environment\): entry 1, "https:\/\/shop\.example\/api" has a path.*\n {4}Write https:\/\/shop\.example\n/,
      /\n {2}CORS_SIDECAR_STRICT \(environment\): "ja" is neither true nor false\./,
      /\n {2}--max-age \(command line\): "2d" counts in days.*\n {4}Write 24h\n/,
      /\n {2}--wrkers \(command line\): is not an option\.\n {4}Write --workers\n/,
    ]) {
      t.match(stdout, text)
    }
  })
  t.test('--json says the same as data', async t => {
    const { code, stdout } = await runProgram(['check', '--json', 'api:9000'])
    t.equal(code, 2)
    t.match(JSON.parse(stdout), {
      ok: false,
      problems: [
        {
          severity: 'error',
          code: 'value-invalid',
          name: 'UPSTREAM',
          source: 'command line',
          item: 'api:9000',
          correction: 'http://api:9000',
        },
      ],
    })
  })
  t.test('shows control characters for what they are', async t => {
    const env = { CORS_SIDECAR_VIA: 'a\u001b[31mred' }
    const { stdout } = await runProgram(['check', ...good], { env })
    t.match(stdout, '"a\\u001b[31mred" holds a control character')
  })
})

t.test('config', async t => {
  const env = { CORS_SIDECAR_ADMIN_TOKEN: 'hunter2', CORS_SIDECAR_MAX_AGE: '90' }
  const header = ['--set-request-header', 'Authorization: hunter2']
  t.test('shows every value and where it came from', async t => {
    const { code, stdout } = await runProgram(['config', ...good, ...header], { env })
    t.equal(code, 0)
    t.match(stdout, /\n {2}maxAge +90s +← CORS_SIDECAR_MAX_AGE \(environment\)\n/)
    t.match(stdout, /\n {2}upstream +http:\/\/127\.0\.0\.1:9000 +← UPSTREAM \(command line\)\n/)
    t.match(stdout, /\n {2}connectTimeout +5s\n/)
    for (const name of optionNames) t.match(stdout, new RegExp(`^  ${name} `, 'm'))
  })
  t.test('masks what is secret, in text and in JSON', async t => {
    const text = await runProgram(['config', ...good, ...header], { env })
    const json = await runProgram(['config', '--json', ...good, ...header], { env })
    t.notMatch(text.stdout + json.stdout, 'hunter2')
    t.match(text.stdout, /setRequestHeaders +Authorization: \*\*\*/)
    t.match(JSON.parse(json.stdout), {
      adminToken: { value: '***', source: 'environment', name: 'CORS_SIDECAR_ADMIN_TOKEN' },
      maxAge: { value: '90s' },
      maxBodySize: { value: 'none', source: 'default' },
      originFallback: { value: null },
    })
  })
  t.test('shows no settings when there is an error', async t => {
    t.match(await runProgram(['config']), { code: 2, stdout: '', stderr: /CORS_SIDECAR_UPSTREAM/ })
  })
})

t.test('explain', async t => {
  const ask = (...words: string[]) =>
    runProgram(['explain', '-o', 'https://app.example.com', '--origin', ...words])
  t.test('exits with 0 when the page may read', async t => {
    const { code, stdout } = await ask('https://app.example.com', '--method', 'PUT')
    t.equal(code, 0)
    t.match(stdout, /Allowed: origin-exact/)
    t.match(stdout, /The preflight is answered with 204/)
    t.match(stdout, /Access-Control-Allow-Origin: https:\/\/app\.example\.com/)
  })
  t.test('exits with 1 when it may not, and says what would change that', async t => {
    const { code, stdout } = await ask('https://app.example.com:8443')
    t.equal(code, 1)
    t.match(stdout, /Refused: origin-not-allowed/)
    t.match(stdout, /differs only in its port from https:\/\/app\.example\.com/)
    t.match(stdout, "--allow-origins='https://app.example.com,https://app.example.com:8443'")
    t.match(stdout, /the page may not read the response/)
  })
  t.test('says that no request follows a refused preflight', async t => {
    t.match(await ask('https://app.example.com', '--method', 'PURGE'), {
      code: 1,
      stdout: /method-not-allowed.*is never sent/s,
    })
  })
  t.test('judges a WebSocket', async t => {
    t.match(await ask('https://evil.test', '--upgrade'), {
      code: 1,
      stdout: /The handshake gets 403/,
    })
    t.match(await ask('https://app.example.com', '--upgrade'), {
      code: 0,
      stdout: /The WebSocket opens/,
    })
  })
  t.test('--json says the same as data', async t => {
    const { stdout } = await ask('https://evil.test', '--headers', 'x-a', '--path', '/b', '--json')
    t.match(JSON.parse(stdout), {
      question: { origin: 'https://evil.test', headers: 'x-a', path: '/b' },
      decision: { verdict: 'refused', reason: 'origin-not-allowed' },
    })
  })
  t.test('exits with 2 without an origin or with a wrong configuration', async t => {
    const image = ['https://app.example.com', '--as', 'image', '--isolate', 'api']
    t.match(await ask(...image), {
      code: 1,
      stdout: /by an image\n[\s\S]*\nRefused: cross-site\n/,
    })
    t.match(await ask('https://app.example.com', '--as', 'imag'), { code: 2, stderr: /image/ })
    t.match(await runProgram(['explain']), { code: 2, stderr: /--origin .*is missing/ })
    t.match(await ask('https://a.test', '--max-age', 'x'), { code: 2, stderr: /--max-age/ })
  })
  t.test('knows its own flags when one is misspelt', async t => {
    t.match(await runProgram(['explain', '--orgin', 'x']), { code: 2, stderr: /Write --origin\n/ })
  })
})

t.test('import', async t => {
  const file = join(folder, 'old.env')
  writeFileSync(file, "DEBUG=1\nexport ALLOWED_URLS='app.example.com|localhost|'\n")
  t.test('prints what a file comes to, in three notations', async t => {
    const { code, stdout } = await runProgram(['import', file])
    t.equal(code, 0)
    const origins = 'https://app.example.com,http://localhost:*'
    t.match(stdout, `cors-sidecar --allow-origins='${origins}'`)
    t.match(stdout, `CORS_SIDECAR_ALLOW_ORIGINS=${origins}`)
    t.match(
      stdout,
      /allowOrigins:\n {4}- https:\/\/app\.example\.com\n {4}- "http:\/\/localhost:\*"/,
    )
    t.match(stdout, /An empty entry allowed every origin/)
  })
  t.test('says where an upstream is missing still', async t => {
    const proxies = join(folder, 'proxies.json')
    const route = '"/api": "http://127.0.0.1:5000"'
    writeFileSync(proxies, `{ ${route} }`)
    t.match((await runProgram(['import', proxies])).stdout, /upstream of all other paths is yours/)
    writeFileSync(proxies, `{ ${route}, "/": "http://127.0.0.1:5001" }`)
    t.notMatch((await runProgram(['import', proxies])).stdout, /yours to name/)
  })
  for (const [what, words, text] of [
    ['there is no file', [join(folder, 'none')], /cannot be read: there is no such file/],
    ['nothing is named', [], /FILE .*is not given/],
    ['two files are named', [file, file], /one argument too many/],
    ['a flag is given that it does not have', [file, '--json'], /--json .*is not an option/],
  ] as const) {
    t.test(`exits with 2 when ${what}`, async t => {
      t.match(await runProgram(['import', ...words]), { code: 2, stdout: '', stderr: text })
    })
  }
})

t.test('a misspelt command is answered with the one that was meant', async t => {
  t.match(await runProgram(['chekc']), {
    code: 2,
    stderr: /"chekc" is neither a command nor an upstream\.\n {4}Write cors-sidecar check\n/,
  })
})

t.test('completion prints a script, and the script is given words', async t => {
  t.match(await runProgram(['completion']), { code: 0, stdout: /complete .*cors-sidecar\n/ })
  const words = await runProgram(['--get-yargs-completions', 'cors-sidecar', '--allow'])
  t.match(words.stdout, /^--allow-origins$/m)
  const names = await runProgram(['--get-yargs-completions', 'cors-sidecar', ''])
  for (const { name } of commands) t.match(names.stdout, new RegExp(`^${name}$`, 'm'))
})

t.test('a .env file in the working directory is read', async t => {
  writeFileSync(join(folder, '.env'), 'CORS_SIDECAR_MAX_AGE=77s\nCORS_SIDECAR_ADMIN_LISTEN=off\n')
  const { stdout } = await runProgram(['config', ...good], { cwd: folder })
  t.match(stdout, /maxAge +77s +← CORS_SIDECAR_MAX_AGE \(\.env\)/)
})

// `why` as a person calls it: what comes in, what goes out, and with which exit code.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { runProgram } from './run-program.js'

t.setTimeout(180_000)

const line =
  "Access to fetch at 'http://localhost:5000/things' from origin 'http://localhost:3000' has been blocked by CORS policy: No 'Access-Control-Allow-Origin' header is present on the requested resource."

t.test('the exit code is', async t => {
  for (const [code, when, words] of [
    [0, 'a cause is found', ['why', line]],
    [1, 'none is', ['why', 'hello']],
    [2, 'the server is unknown', ['why', '--in', 'iis', line]],
    [2, 'the file is not there', ['why', '--har', '/nowhere.har']],
  ] as const) {
    t.equal((await runProgram(words)).code, code, `${code} when ${when}`)
  }
})

t.test('text without a message says what was looked for, and shows one', async t => {
  const { stderr } = await runProgram(['why', 'hello'])
  t.match(stderr, 'messages of Chromium, Firefox and Safari')
  const [, example = ''] = /cors-sidecar why "(.*)"\n$/.exec(stderr) ?? []
  t.equal((await runProgram(['why', example])).code, 0, 'which is recognised')
})

t.test(
  'the cure is for the server that was named, else for the one that gave itself away',
  async t => {
    const causes = async (...words: string[]) =>
      JSON.parse((await runProgram(['why', '--json', ...words])).stdout).causes
    t.match(await causes('--in', 'express', line), [
      {
        code: 'allow-origin-missing',
        certainty: 'certain',
        origin: 'http://localhost:3000',
        url: 'http://localhost:5000/things',
        cure: {
          sidecar: 'cors-sidecar http://localhost:5000 --allow-origins=http://localhost:3000',
          server: {
            name: 'express',
            text: "'Access-Control-Allow-Origin': 'http://localhost:3000'",
          },
        },
        guide: 'docs/troubleshooting.md#no-access-control-allow-origin',
      },
    ])
    const file = join(t.testdir(), 'head.txt')
    writeFileSync(file, 'HTTP/1.1 200 OK\nServer: nginx/1.22.1\n\n')
    t.match(await causes('--curl', file), [{ cure: { server: { name: 'nginx' } } }])
  },
)

t.test('nothing that a terminal acts upon comes out', async t => {
  const { stdout } = await runProgram([
    'why',
    `\u001b]0;title\u0007\u009b31m${line}\u202e`,
    'and \u001b[2J',
  ])
  t.notMatch(stdout, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/u)
})

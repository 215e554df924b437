// One page with a made-up origin must not stop the program for everybody: an expression that could be
// made to run away is refused at start, and one that is accepted judges the worst origin at once.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { runProgram } from '../cli/run-program.js'
import { ask } from '../support/ask.js'
import { answer, okAnswer, startRawUpstream } from '../support/raw-upstream.js'
import { startSidecar } from '../support/sidecar-process.js'

t.setTimeout(120_000)
const upstream = 'http://127.0.0.1:9'
const runaways = [
  '/https:\\/\\/[a-z0-9]+-?[a-z0-9]*-?[a-z0-9]*-?[a-z0-9]*\\.preview\\.example\\.com/',
  `/https:\\/\\/${'[a-z]{0,9}'.repeat(9)}\\.example\\.com/`,
  `/https:\\/\\/${'(?:a|aa)'.repeat(40)}\\.example\\.com/`,
  `/https:\\/\\/${'[a-z]?'.repeat(60)}\\.example\\.com/`,
  '/https:\\/\\/(?:app|(?:[a-z]+-?)+)\\.example\\.com/',
]

t.test('what runs away is refused at start, each entry by a line', async t => {
  const flags = runaways.flatMap(entry => ['-o', entry])
  const { code, stderr } = await runProgram(['start', upstream, ...flags])
  t.equal(code, 2)
  t.match(stderr, 'did not start: 5 problems')
  t.equal(stderr.match(/entry \d, .* which can take very long to match/g)?.length, 5)
})

t.test('the policy of a path is held to the same', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'runaway-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'settings.json')
  const paths = [{ match: '/api', allowOrigins: runaways }]
  writeFileSync(file, JSON.stringify({ upstream, allowOrigins: ['https://a.example'], paths }))
  const { code, stdout } = await runProgram(['check', '--json', '--config', file])
  t.equal(code, 2)
  const { problems } = JSON.parse(stdout) as { problems: { code: string }[] }
  t.strictSame(
    problems.map(({ code }) => code).filter(code => code !== 'unsafe-environment'),
    runaways.map(() => 'regex-unsafe'),
  )
})

t.test('others are served beside pages whose origins make an expression work', async t => {
  const api = await startRawUpstream(answer(okAnswer))
  t.teardown(() => api.close())
  const entry = '/https:\\/\\/[a-z0-9-]+-[a-z0-9-]+-team\\.example\\.com/'
  const sidecar = await startSidecar({
    upstream: api.url,
    flags: ['-o', entry, '--log-requests=off'],
  })
  t.teardown(() => sidecar.stop())
  const timed = async (origin: string): Promise<number> => {
    const started = performance.now()
    const { status } = await ask(`${sidecar.url}/`, { headers: { Origin: origin } })
    t.equal(status, 200)
    return performance.now() - started
  }
  const middle = (times: number[]): number => times.sort((a, b) => a - b)[times.length >> 1] ?? 0
  const [honest, hostile]: [number[], number[]] = [[], []]
  for (let i = 0; i < 60; i++) {
    honest.push(await timed(`https://shop-${i}-team.example.com`))
    // A new one each time, so that no answer is remembered.
    hostile.push(await timed(`https://${'-'.repeat(180 + i)}.example.com`))
  }
  t.ok(middle(hostile) < 3 * middle(honest) + 5, `${middle(hostile)} beside ${middle(honest)} ms`)
})

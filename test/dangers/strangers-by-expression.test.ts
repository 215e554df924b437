// An expression lets in whom its author never meant: through one of its alternatives, a dot that is
// missing, more text behind the name, or a suffix where anyone can get a name.

import t from 'tap'
import { runProgram } from '../cli/run-program.js'

t.setTimeout(120_000)
const upstream = 'http://127.0.0.1:9'

interface Found {
  readonly code: string
  readonly severity: string
  readonly reason: string
}

async function check(entry: string, ...flags: string[]): Promise<Found[]> {
  const words = ['check', upstream, '--json', '-o', entry, ...flags]
  const { stdout } = await runProgram(words)
  const { problems } = JSON.parse(stdout) as { problems: Found[] }
  return problems.filter(({ severity }) => severity !== 'info')
}

t.test('an alternative in the middle is looked at like the first and the last', async t => {
  const entry = '/https:\\/\\/(?:app\\.example\\.com|[a-z.-]*example\\.org|b\\.example\\.com)/'
  t.match(await check(entry), [
    { code: 'regex-matches-probe-origins', severity: 'error', reason: 'https://evilexample.org' },
  ])
})

t.test('a shared suffix counts for an expression as for a wildcard', async t => {
  const [wildcard, expression] = [
    'https://shop-*.pages.dev',
    '/https:\\/\\/shop-[a-z0-9]+\\.pages\\.dev/',
  ]
  const code = 'public-suffix-wildcard-with-credentials'
  for (const entry of [wildcard, expression]) {
    t.match(await check(entry), [{ code, severity: 'error' }], `${entry} with credentials`)
    t.strictSame(await check(entry, '--no-allow-credentials'), [], `${entry} without`)
    t.match(
      await check(entry, '--unsafe-allow', 'public-suffix-wildcards'),
      [{ code, severity: 'warning' }],
      `${entry} where it was accepted`,
    )
  }
})

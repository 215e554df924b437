// The benchmark itself is no test: its figures need a quiet machine. That it still runs is one.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'

const main = fileURLToPath(new URL('../../bench/main.js', import.meta.url))

t.test('the benchmark measures the sidecar and says how it compares', async t => {
  const args = ['--smoke', '--only', 'get,preflight,websocket,footprint']
  const { stdout } = await promisify(execFile)(process.execPath, [main, ...args])
  t.match(stdout, /\| \*\*cors-sidecar\*\* \| .*\| +\d+\.\d+ +\| .* – .* \|/)
  t.match(
    stdout,
    /Preflight, CPU against a bare Node server with the same answer: at most 1\.5 times/,
  )
  t.notMatch(stdout, /NaN|Infinity|undefined/)
})

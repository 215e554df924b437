// `export TARGET`, as people call it.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { runProgram } from './run-program.js'

t.setTimeout(120_000)

const page = ['-o', 'https://app.example.com']

t.test('an unknown target lists the known, and the one that was meant', async t => {
  const { code, stdout, stderr } = await runProgram(['export', 'ngnix', ...page])
  t.strictSame([code, stdout], [2, ''])
  t.match(
    stderr,
    /"ngnix" is no engine that is known here\.\n.*Write nginx; there are nginx, haproxy/,
  )
  const none = await runProgram(['export', ...page])
  t.match([none.code, none.stderr], [2, /TARGET.*is not given[\s\S]*nginx, haproxy/])
})

t.test('settings that would not start are not exported', async t => {
  const { code, stdout, stderr } = await runProgram(['export', 'nginx', '-o', 'app.example.com'])
  t.strictSame([code, stdout], [2, ''])
  t.match(stderr, /^Nothing exported: 1 problem in the configuration\./)
})

t.test('--json has the text, the files and every loss', async t => {
  const words = ['export', 'nginx', ...page, '--upstream-origin', 'strip', '--json']
  const { code, stdout } = await runProgram(words)
  t.equal(code, 0)
  const { target, text, files, losses } = JSON.parse(stdout)
  t.equal(target, 'nginx')
  t.match(text, '# - upstreamOrigin (missing): The upstream gets')
  t.strictSame(Object.keys(files), ['cors-maps.conf', 'cors.conf'])
  t.match(
    losses.find((loss: { setting: string }) => loss.setting === 'upstreamOrigin'),
    {
      effect: 'missing',
      what: String,
    },
  )
})

t.test('--strict ends with 1 when anything is lost', async t => {
  const lossy = await runProgram([
    'export',
    'haproxy',
    ...page,
    '--strict',
    '--upstream-origin',
    'strip',
  ])
  t.match([lossy.code, lossy.stdout], [1, /# What is lost:/])
  const exact = await runProgram(['export', 'haproxy', ...page, '--strict'])
  t.equal(exact.code, 0)
  t.notMatch(exact.stdout, 'What is lost')
})

t.test('--out writes whole, or not at all', async t => {
  const cwd = t.testdir({ old: {} })
  const { code, stdout } = await runProgram(['export', 'nginx', ...page, '--out', 'site.conf'], {
    cwd,
  })
  t.strictSame([code, stdout], [0, ''])
  t.match(
    readFileSync(join(cwd, 'cors-maps.conf'), 'utf8'),
    /^# CORS for nginx.*\n[\s\S]*map "\$http_origin"/,
  )
  t.match(readFileSync(join(cwd, 'site.conf'), 'utf8'), 'proxy_hide_header')
  // A folder stands where the file should go.
  const failed = await runProgram(['export', 'haproxy', ...page, '--out', 'old'], { cwd })
  t.match([failed.code, failed.stderr], [2, /^Nothing exported: old cannot be written: EISDIR/])
  t.strictSame(readdirSync(cwd).sort(), ['cors-maps.conf', 'old', 'site.conf'])
  t.notOk(existsSync(join(cwd, 'nowhere')))
})

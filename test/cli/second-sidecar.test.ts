// Two sidecars on one machine: the second finds a free admin port where nobody chose one.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { killWithParent } from '../support/kill-with-parent.js'
import { need } from '../support/need.js'
import { programPath, runProgram, startSidecar } from '../support/sidecar-process.js'

t.setTimeout(120_000)

const script = need('script')

/** What it prints on a terminal up to the end of the banner, or all of it with its exit code. */
async function onTerminal(t: Test, ...flags: string[]): Promise<string> {
  const words = [process.execPath, programPath, 'http://127.0.0.1:1', '-p', '0', ...flags]
  const child = spawn(script.path, ['-qefc', words.join(' '), '/dev/null'], {
    cwd: '/',
    env: { PATH: process.env.PATH ?? '', NO_COLOR: '1', SHELL: '/bin/sh' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  killWithParent(child)
  let text = ''
  const closed = once(child, 'close')
  t.teardown(async () => {
    child.kill('SIGTERM')
    await closed
  })
  const greeted = new Promise<void>(resolve => {
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      text += piece
      if (text.includes('Try it:')) resolve()
    })
  })
  await Promise.race([greeted, closed])
  return child.exitCode === null ? text : `${text}exit ${child.exitCode}`
}

t.test('the admin port', { skip: script.skip }, async t => {
  const taken = createServer()
  const isOurs = await new Promise<boolean>(resolve => {
    taken.once('error', () => resolve(false))
    taken.listen(8011, '127.0.0.1', () => resolve(true))
  })
  if (isOurs) t.teardown(() => taken.close())
  const moved = await onTerminal(t)
  t.match(moved, /Admin +http:\/\/localhost:80(?:1[2-9]|2\d|30)\b/, 'is the next free one')
  t.match(moved, '8011 is taken by another program')
  const chosen = await onTerminal(t, '--admin-listen', '127.0.0.1:8011')
  t.match(chosen, /8011 is in use by another program.*exit 3/s, 'but never where it was chosen')
})

t.test(
  'a socket that a killed one left behind is said to be one, and nothing is removed',
  async t => {
    const folder = mkdtempSync(join(tmpdir(), 'second-'))
    t.teardown(() => rmSync(folder, { recursive: true }))
    const path = join(folder, 'own.sock')
    const first = await startSidecar({ upstream: 'http://127.0.0.1:1', listen: `unix:${path}` })
    const second = ['http://127.0.0.1:1', '--listen', `unix:${path}`, '--admin-listen', 'off']
    const refused = { code: 3, stderr: /is there already\.\n +End the program .* remove that file/ }
    t.match(await runProgram(second), refused, 'while it is there')
    first.signal('SIGKILL')
    await first.exited()
    t.match(await runProgram(second), refused, 'and when it is gone')
    const nowhere = ['http://127.0.0.1:1', '--listen', `unix:${path}/x`, '--admin-listen', 'off']
    t.match(await runProgram(nowhere), { code: 3, stderr: /Choose another path/ })
  },
)

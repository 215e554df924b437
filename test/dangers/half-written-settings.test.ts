// A reload must not run on what an editor, a script or a full disk has left of the configuration file.

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { ask } from '../support/ask.js'
import { answer, okAnswer, startRawUpstream } from '../support/raw-upstream.js'
import { startSidecar } from '../support/sidecar-process.js'

const page = 'https://b.example'
const whole = 'allowOrigins:\n  - https://a.example\n  - https://b.example\nmaxAge: 60\n'
const half = whole.slice(0, whole.indexOf('  - https://b'))

async function startFromFile(t: Test, flags: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'half-written-'))
  const file = join(folder, 'settings.yaml')
  const write = (text: string) => writeFileSync(file, text)
  write(whole)
  const api = await startRawUpstream(answer(okAnswer))
  const sidecar = await startSidecar({ upstream: api.url, flags: ['--config', file, ...flags] })
  t.teardown(async () => {
    await sidecar.stop()
    await api.close()
    rmSync(folder, { recursive: true })
  })
  const allowed = async () => {
    const { headers } = await ask(`${sidecar.url}/`, { headers: { Origin: page } })
    return headers['access-control-allow-origin']
  }
  return { sidecar, file, write, allowed }
}

t.test('half a list is not run on, and the whole one is, once it is there', async t => {
  for (const [what, flags] of [
    ['told by a signal', []],
    ['seen by itself', ['--watch']],
  ] as const) {
    const { sidecar, write, allowed } = await startFromFile(t, flags)
    write(half)
    if (flags.length === 0) sidecar.signal('SIGHUP')
    const writing = (async () => {
      // Somebody writes on, a line at a time.
      for (let line = 0; line < 15; line++) {
        t.equal(await allowed(), page, `${what}, line ${line}`)
        write(`${half}# ${line}\n`)
        await new Promise(resolve => setTimeout(resolve, 50))
      }
      write(`${whole}exposeHeaders: etag\n`)
    })()
    await writing
    const { changed } = await sidecar.log(({ event }) => event === 'config-reloaded', 'the reload')
    t.same(changed, ['exposeHeaders'], 'and never the half')
    t.equal(await allowed(), page)
  }
})

t.test('a file that holds nothing leaves everything as it is', async t => {
  const { sidecar, write, allowed } = await startFromFile(t, [])
  for (const [at, text] of ['', '# allowOrigins: https://a.example\n', '{}'].entries()) {
    write(text)
    sidecar.signal('SIGHUP')
    await sidecar.log(
      () => sidecar.logs.filter(({ event }) => event === 'config-rejected').length > at,
      'the refusal',
    )
    t.equal(await allowed(), page, JSON.stringify(text))
  }
  t.notOk(sidecar.logs.some(({ event }) => event === 'config-reloaded'))
})

t.test('what can be no file leaves everything as it is, and what follows it is taken', async t => {
  const { sidecar, file, write, allowed } = await startFromFile(t, ['--watch'])
  for (const [what, put] of [
    ['a symbolic link to itself', () => symlinkSync(file, file)],
    ['a directory', () => mkdirSync(file)],
    ['a link to nothing', () => symlinkSync('nothing', file)],
  ] as const) {
    rmSync(file, { recursive: true, force: true })
    put()
    const before = sidecar.logs.length
    sidecar.signal('SIGHUP')
    await sidecar.log(
      () => sidecar.logs.slice(before).some(({ event }) => event === 'config-rejected'),
      `the refusal of ${what}`,
    )
    t.equal(await allowed(), page, what)
  }
  rmSync(file)
  write(`${whole}exposeHeaders: etag\n`)
  const { changed } = await sidecar.log(({ event }) => event === 'config-reloaded', 'the reload')
  t.same(changed, ['exposeHeaders'])
})

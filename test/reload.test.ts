import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { type LoadInput, loadSettings } from '../src/config/load.js'
import type { Settings } from '../src/config/options.js'
import { readTextFile } from '../src/config/read-sources.js'
import { createReloader, type Loaded, type ReloadContext } from '../src/start/reload.js'

const upstream = 'http://127.0.0.1:5000'
const allowOrigins = ['https://app.example.com']

interface Event {
  readonly name: string
  readonly msg?: string
  readonly changed?: readonly string[]
  readonly problems?: readonly string[]
}

/** A configuration file, and a reloader for what was read from it. */
async function startReloader(
  t: Test,
  first: object,
  changed: Partial<ReloadContext> = {},
  place: Partial<LoadInput> = {},
) {
  const cwd = t.testdir({})
  const path = join(cwd, 'config.json')
  const write = (config: object | string) =>
    writeFileSync(path, typeof config === 'string' ? config : JSON.stringify(config))
  write({ upstream, allowOrigins, ...first })
  const remove = () => rmSync(path)
  const load = (running?: Settings) =>
    loadSettings({
      ...{ flags: { config: path }, env: {}, cwd, isTerminal: false, now: 0, ...place },
      ...(running === undefined ? {} : { running }),
    })
  const running = (await load()) as Loaded
  const applied: Loaded[] = []
  const events: Event[] = []
  const results: string[] = []
  let heard: (() => void) | undefined
  const reloader = createReloader({
    running,
    load,
    apply: next => {
      applied.push(next)
    },
    log: {
      event: (_level, name, fields) => {
        events.push({ name, ...fields })
        heard?.()
      },
    },
    metrics: { configReloaded: result => results.push(result) },
    ...changed,
  })
  t.teardown(() => reloader.close())
  const event = async (name: string) => {
    while (!events.some(one => one.name === name)) {
      await new Promise<void>(resolve => {
        heard = resolve
      })
    }
    return events.find(one => one.name === name)
  }
  return { reloader, running, write, applied, events, results, event, remove, cwd }
}

t.test('a good configuration is taken whole', async t => {
  const { reloader, write, applied, events, results } = await startReloader(t, {
    allowOrigins: ['https://old.example'],
  })
  write({ upstream, allowOrigins: ['https://new.example'], logLevel: 'warn' })
  await reloader.reload()
  t.equal(applied.length, 1)
  t.same(applied[0]?.settings.allowOrigins, ['https://new.example'])
  t.ok(applied[0]?.policies.global.origins.match('https://new.example'))
  t.match(events, [{ name: 'config-reloaded', changed: ['allowOrigins', 'logLevel'] }])
  t.same(results, ['success'])
})

t.test('one with problems changes nothing, and each problem is told', async t => {
  const { reloader, write, applied, events, results } = await startReloader(t, {})
  write({ upstream, allowOrigins: ['app.example.com'], maxAge: '2d', logLevel: 'debug' })
  await reloader.reload()
  t.same(applied, [])
  t.same(results, ['failure'])
  t.equal(events[0]?.name, 'config-rejected')
  t.equal(events[0]?.msg, 'Kept the running configuration: the new one has 2 problems.')
  t.equal(events[0]?.problems?.length, 2)
  t.match(events[0]?.problems?.join('\n'), 'Write https://app.example.com')

  t.test('and neither does a file that is cut short or gone', async t => {
    write('{"allowOrigins": [')
    await reloader.reload()
    t.same(applied, [])
    t.same(results, ['failure', 'failure'])
  })

  t.test('until it is mended', async t => {
    write({ upstream, allowOrigins: ['https://app.example.com'] })
    await reloader.reload()
    t.equal(applied.length, 1)
  })
})

t.test('what only a restart can change stays, and says so', async t => {
  const { reloader, running, write, applied, events } = await startReloader(t, {
    listen: '127.0.0.1:8010',
    routes: ['/api=http://127.0.0.1:6000'],
  })
  write({
    upstream: 'http://127.0.0.1:7000',
    allowOrigins,
    listen: '127.0.0.1:9000',
    routes: ['/api=http://127.0.0.1:6000'],
    maxAge: '5m',
  })
  await reloader.reload()
  t.same(events, [
    { name: 'config-warning', msg: 'upstream has changed; restart to apply it.' },
    { name: 'config-warning', msg: 'listen has changed; restart to apply it.' },
    { name: 'config-reloaded', changed: ['maxAge'] },
  ])
  const settings = applied[0]?.settings
  t.equal(settings?.maxAge, 300)
  t.same(settings?.listen, running.settings.listen)
  t.same(settings?.upstream, running.settings.upstream)
  t.same(settings?.routes, running.settings.routes)
})

t.test('a file that says nothing any more changes nothing', async t => {
  for (const [what, text] of [
    ['emptied', ''],
    ['blanked', '\n\n'],
    ['left with comments only', '# upstream: http://127.0.0.1:5000\n'],
    ['left with an empty group', '{}'],
    ['left with its beginning', '---\n'],
  ] as const) {
    const { reloader, write, applied, events } = await startReloader(
      t,
      {},
      {},
      // All that is needed is said elsewhere, too: then nothing is missing.
      { arguments: [upstream], env: { CORS_SIDECAR_ALLOW_ORIGINS: 'https://else.example' } },
    )
    write(text)
    await reloader.reload()
    t.same(applied, [], what)
    t.match(events, [
      { name: 'config-rejected', problems: [/config\.json has no settings any more/] },
    ])
  }
})

t.test('a .env that was emptied, or went, changes nothing', async t => {
  for (const [change, left] of [
    ['emptied', ''],
    ['left with comments', '# CORS_SIDECAR_MAX_AGE=9'],
    ['gone', undefined],
  ] as const) {
    let text: string | undefined = 'CORS_SIDECAR_MAX_AGE=9'
    const read: LoadInput['read'] = path => {
      if (!path.endsWith('.env')) return readTextFile(path)
      return text === undefined ? { failure: 'there is no such file' } : { text }
    }
    const { reloader, applied, events } = await startReloader(t, {}, {}, { read })
    text = left
    await reloader.reload()
    t.same(applied, [], change)
    t.match(events, [{ name: 'config-rejected', problems: [/\.env has no settings any more/] }])
  }
})

t.test('a file that is being written is looked at until it is whole', async t => {
  const { write, reloader, applied, events, results } = await startReloader(t, {})
  // What a loader of half a file would take without a word.
  write(`upstream: ${upstream}\nallowOrigins:\n  - https://a.example\n`)
  const reloaded = reloader.reload()
  await new Promise(resolve => setTimeout(resolve, 20))
  write(`upstream: ${upstream}\nallowOrigins:\n  - https://a.example\n  - https://b.example\n`)
  await reloaded
  t.equal(applied.length, 1, 'never by halves')
  t.same(applied[0]?.settings.allowOrigins, ['https://a.example', 'https://b.example'])
  t.match(events, [{ name: 'config-rejected' }, { name: 'config-reloaded' }])
  t.same(results, ['failure', 'success'])
})

t.test('a list is judged by the address that is really listened on', async t => {
  const open = await startReloader(t, { listen: '0.0.0.0:8010', adminListen: 'off' })
  open.write({ upstream, listen: '127.0.0.1:8010', allowOrigins: ['loopback'] })
  await open.reloader.reload()
  t.same(open.applied, [], 'open to others, whatever the file says')
  t.match(open.events, [{ name: 'config-rejected', problems: [/can be reached from other/] }])

  const local = await startReloader(t, { listen: '127.0.0.1:8010' })
  local.write({ upstream, listen: '0.0.0.0:8010', allowOrigins: ['loopback'] })
  await local.reloader.reload()
  t.same(local.applied[0]?.settings.allowOrigins, ['loopback'])
  t.match(local.events[0], { msg: 'listen has changed; restart to apply it.' })
})

t.test('the end of life of the runtime is told at start, not at each reload', async t => {
  const { reloader, running, events } = await startReloader(
    t,
    {},
    {},
    { now: Date.parse('2040-01-01') },
  )
  t.match(running.problems, [{ code: 'unsafe-environment' }])
  await reloader.reload()
  t.match(events, [{ name: 'config-reloaded' }])
})

t.test('a configuration that can not be applied is a failed reload', async t => {
  const { reloader, events, results } = await startReloader(
    t,
    {},
    {
      apply: () => {
        throw new Error('key values mismatch')
      },
    },
  )
  await reloader.reload()
  t.same(results, ['failure'])
  t.match(events, [{ name: 'config-rejected', problems: ['key values mismatch'] }])
})

t.test('reloads do not overlap, and the last change is never missed', async t => {
  const { reloader, write, applied } = await startReloader(t, {})
  const first = reloader.reload()
  write({ upstream, maxAge: '7m' })
  const rest = [reloader.reload(), reloader.reload(), reloader.reload()]
  await Promise.all([first, ...rest])
  t.ok(applied.length <= 2, 'those asked for during one are one')
  t.equal(applied.at(-1)?.settings.maxAge, 420)
})

t.test('with watch, a change of the file is enough', async t => {
  const { write, applied, event } = await startReloader(t, { watch: true })
  write({ upstream, watch: true, maxAge: '7m' })
  await event('config-reloaded')
  t.equal(applied.at(-1)?.settings.maxAge, 420)
})

t.test('the file may be gone for a while, as when a link is swapped', async t => {
  const { write, applied, event, remove } = await startReloader(t, { watch: true })
  remove()
  await event('config-rejected')
  write({ upstream, watch: true, maxAge: '7m' })
  await event('config-reloaded')
  t.equal(applied.at(-1)?.settings.maxAge, 420)
})

t.test('a certificate without its key is refused before anything changes', async t => {
  const { reloader, write, applied, results, cwd } = await startReloader(t, {})
  const pem = join(cwd, 'not.pem')
  writeFileSync(pem, 'no certificate')
  write({ upstream, tlsCert: pem, tlsKey: pem })
  await reloader.reload()
  t.same(results, ['failure'])
  t.same(applied, [])
})

// Which connections to the upstreams are used again, by routes and across reloads.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { exchange } from '../support/raw-client.js'
import { startRawUpstream } from '../support/raw-upstream.js'
import { startSidecar } from '../support/sidecar-process.js'

const ask = (port: number, path: string) =>
  exchange(port, `GET ${path} HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n`)

t.test('two routes to one upstream share its connections', async t => {
  const upstream = await startRawUpstream()
  t.teardown(() => upstream.close())
  const routes = [`/a=${upstream.url}/one`, `/b=${upstream.url}`]
  const flags = routes.flatMap(route => ['--route', route])
  const sidecar = await startSidecar({ flags, upstream: `${upstream.url}/rest` })
  t.teardown(() => sidecar.stop())
  for (const path of ['/a', '/b', '/c']) await ask(sidecar.port, path)
  t.strictSame(
    upstream.requests.map(({ target, connection }) => `${target} on ${connection.id}`),
    ['/one/a', '/b', '/rest/c'].map(target => `${target} on ${upstream.connections[0]?.id}`),
  )
})

for (const workers of [1, 2]) {
  t.test(`a reload keeps the connections of ${workers} process(es)`, async t => {
    const upstream = await startRawUpstream()
    t.teardown(() => upstream.close())
    const file = join(t.testdir({}), 'config.json')
    const write = (changed: object) =>
      writeFileSync(
        file,
        JSON.stringify({
          upstream: upstream.url,
          routes: [`/a=${upstream.url}`],
          workers,
          allowOrigins: ['https://app.example'],
          ...changed,
        }),
      )
    write({})
    const sidecar = await startSidecar({ flags: ['--config', file] })
    t.teardown(() => sidecar.stop())
    const askAll = async () => {
      for (const path of ['/a', '/b', '/a', '/b']) await ask(sidecar.port, path)
    }
    await askAll()
    t.equal(upstream.connections.length, workers)
    write({ allowOrigins: ['https://other.example'] })
    sidecar.signal('SIGHUP')
    await sidecar.log(({ event }) => event === 'config-reloaded', 'the reload')
    await askAll()
    t.equal(upstream.requests.length, 8)
    t.equal(upstream.connections.length, workers)
  })
}

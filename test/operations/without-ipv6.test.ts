import { spawnSync } from 'node:child_process'
import t from 'tap'
import { request } from 'undici'
import { DidNotStart, programPath, startSidecar } from '../support/sidecar-process.js'
import { withoutIPv6 } from '../support/without-ipv6.js'

const { words, skip } = withoutIPv6()
const upstream = 'http://127.0.0.1:9'
const everyAddress = { upstream, through: words, listen: '[::]:0' }
const statusOf = async (url: string): Promise<number> => {
  const { statusCode, body } = await request(url)
  await body.dump()
  return statusCode
}

t.test('on a machine without IPv6', { skip }, async t => {
  for (const workers of ['1', '2']) {
    t.test(`[::] is every IPv4 address, with workers: ${workers}`, async t => {
      const flags = ['--workers', workers, '--admin-listen', '[::]:0']
      const sidecar = await startSidecar({ ...everyAddress, flags })
      t.teardown(() => sidecar.stop())
      const { url, port, adminUrl = '' } = sidecar
      const adminPort = new URL(adminUrl).port
      t.equal(url, `http://0.0.0.0:${port}`)
      t.equal(adminUrl, `http://0.0.0.0:${adminPort}`)
      t.equal(await statusOf(`http://127.0.0.1:${port}/`), 502, 'the proxy answers')
      t.equal(await statusOf(`http://127.0.0.1:${adminPort}/livez`), 200, 'the admin port answers')
      t.strictSame(
        sidecar.logs.filter(({ event }) => event === 'no-ipv6').map(({ msg }) => msg),
        [url, adminUrl].map(
          listened => `This machine has no IPv6: ${listened} is used instead of [::]:0.`,
        ),
      )
      const [command = '', ...rest] = [...words, process.execPath, programPath]
      const asked = ['healthcheck', '--admin-listen', `[::]:${adminPort}`]
      const { status, stderr } = spawnSync(command, [...rest, ...asked], { encoding: 'utf8' })
      t.equal(status, 0, `its health check finds it ${stderr}`)
    })
  }

  t.test('an IPv6 address of its own has nothing in its place', async t => {
    const error = await startSidecar({ ...everyAddress, listen: '[::1]:8010' }).catch(
      (reason: unknown) => reason,
    )
    t.ok(error instanceof DidNotStart)
    const { exit } = error as DidNotStart
    t.equal(exit.code, 3)
    t.match(exit.stderr, 'did not start: [::1]:8010: ')
    t.match(exit.stderr, '--listen [::1]:8080')
  })
})

t.test('with IPv6, [::] is every address of both kinds', async t => {
  const sidecar = await startSidecar({ upstream, listen: '[::]:0' })
  t.teardown(() => sidecar.stop())
  t.equal(sidecar.url, `http://[::]:${sidecar.port}`)
  t.equal(await statusOf(`http://127.0.0.1:${sidecar.port}/`), 502)
  t.notOk(sidecar.logs.some(({ event }) => event === 'no-ipv6'))
})

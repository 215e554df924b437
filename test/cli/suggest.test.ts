// `start --suggest`: what is printed when the program ends.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { request } from 'undici'
import { startSidecar } from '../support/sidecar-process.js'

t.test('start --report-only --suggest ends with the policy that fits', async t => {
  const upstream = createServer((_, response) => response.end('{}'))
  await new Promise<void>(resolve => upstream.listen(0, '127.0.0.1', resolve))
  t.teardown(() => upstream.close())
  const sidecar = await startSidecar({
    upstream: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`,
    flags: ['--report-only', '--suggest', '--allow-origins', 'https://none.example'],
  })
  const ask = async (origin: string) => {
    const { body } = await request(sidecar.url, { headers: { origin } })
    await body.dump()
  }
  await ask('https://app.example.com')
  await ask('https://app.example.com')
  await ask('https://app.example.com.evil.net')
  const { code, stdout } = await sidecar.stop()
  t.equal(code, 0)
  t.match(stdout, 'The smallest policy that fits the 3 CORS exchanges seen, from one origin.')
  t.match(stdout, '  --allow-origins=https://app.example.com --allow-methods=GET')
  t.match(stdout, '  CORS_SIDECAR_ALLOW_ORIGINS=https://app.example.com')
  t.match(stdout, /Left out, check them:\n +https:\/\/app\.example\.com\.evil\.net \(1\)/)
})

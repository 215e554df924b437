// Real servers that pass requests on to the admin port, as they are configured in a hurry: none of their clients
// sees what is meant for this machine.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { killWithParent } from '../support/kill-with-parent.js'
import { type Need, need } from '../support/need.js'
import { startAdmin } from './admin-fixture.js'

t.setTimeout(120_000)

interface Proxy {
  readonly name: string
  readonly need: Need
  /** The configuration that listens on one port and passes everything on to the other. */
  configuration(directory: string, port: number, adminPort: number): string
  args(file: string, directory: string): readonly string[]
}

const nginx = (name: string, lines: string): Proxy => ({
  name,
  need: need('nginx'),
  configuration: (directory, port, adminPort) => `
    daemon off; worker_processes 1; pid ${directory}/pid; error_log stderr;
    events {}
    http {
      access_log off;
      ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(part => `${part}_temp_path ${directory}/${part};`).join(' ')}
      server { listen 127.0.0.1:${port}; location / { proxy_pass http://127.0.0.1:${adminPort}; ${lines} } }
    }`,
  args: (file, directory) => ['-p', directory, '-c', file, '-e', 'stderr'],
})

const proxies: readonly Proxy[] = [
  nginx('nginx with a plain proxy_pass', ''),
  nginx(
    'nginx with the lines of every guide',
    'proxy_http_version 1.1; proxy_set_header X-Real-IP $remote_addr; proxy_set_header Host localhost;',
  ),
  {
    name: 'Apache with ProxyPass',
    need: need('apache'),
    configuration: (directory, port, adminPort) => `
      ServerRoot ${directory}
      ServerName localhost
      PidFile ${directory}/pid
      Listen 127.0.0.1:${port}
      ${['mpm_event', 'proxy', 'proxy_http', 'authz_core'].map(name => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
      ErrorLog error.log
      ProxyPass / http://127.0.0.1:${adminPort}/`,
    args: file => ['-X', '-f', file],
  },
  {
    name: 'HAProxy with option forwardfor',
    need: need('haproxy'),
    configuration: (_directory, port, adminPort) => `
defaults
  mode http
  timeout client 5s
  timeout server 5s
  timeout connect 5s
  option forwardfor
listen admin
  bind 127.0.0.1:${port}
  server admin 127.0.0.1:${adminPort}
`,
    args: file => ['-db', '-f', file],
  },
  {
    name: 'Caddy with reverse_proxy',
    need: need('caddy'),
    configuration: (_directory, port, adminPort) =>
      `{\n  admin off\n}\nhttp://127.0.0.1:${port} {\n  reverse_proxy 127.0.0.1:${adminPort}\n}\n`,
    args: file => ['run', '--adapter', 'caddyfile', '--config', file],
  },
]

for (const proxy of proxies) {
  t.test(proxy.name, { skip: proxy.need.skip }, async t => {
    const { port: adminPort, ask } = await startAdmin(t, {
      isQuitAllowed: () => true,
      quit: () => t.fail('a client of the proxy stopped the sidecar'),
    })
    const url = await startProxy(t, proxy, adminPort)
    t.equal((await fetch(`${url}/livez`)).status, 200, 'a probe gets through')
    t.equal((await ask('/config')).status, 200, 'this machine sees the settings')
    for (const path of ['/config', '/explain', '/suggest', '/inspect/config']) {
      const response = await fetch(`${url}${path}`)
      t.equal(response.status, 403, path)
      t.match(await response.json(), { error: 'forwarded' }, path)
    }
    t.equal((await fetch(`${url}/quitquitquit`, { method: 'POST' })).status, 403)
  })
}

async function startProxy(t: Test, proxy: Proxy, adminPort: number): Promise<string> {
  const directory = t.testdir({})
  const port = await freePort()
  const file = join(directory, 'configuration')
  writeFileSync(file, proxy.configuration(directory, port, adminPort))
  const child = spawn(proxy.need.path, proxy.args(file, directory), {
    cwd: directory,
    env: { ...process.env, HOME: directory, XDG_DATA_HOME: directory, XDG_CONFIG_HOME: directory },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  killWithParent(child)
  let errors = ''
  child.stderr.on('data', (text: Buffer) => {
    errors += text.toString()
  })
  t.teardown(async () => {
    child.kill('SIGTERM')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'close')
  })
  const url = `http://127.0.0.1:${port}`
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${proxy.name} ended:\n${errors}`)
    const answer = await fetch(`${url}/livez`).catch(() => undefined)
    await answer?.body?.cancel()
    if (answer?.ok) return url
    await new Promise(setImmediate)
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

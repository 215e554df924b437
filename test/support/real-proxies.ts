// nginx, HAProxy, Caddy and Apache as people put them in front of an API, with the settings that they come with.

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nginxConfiguration } from './nginx-configuration.js'
import { freePort, type RealPeer, running } from './real-peers.js'

export type ProxyName = 'nginx' | 'haproxy' | 'caddy' | 'apache'

/**
 * Starts one in front of an upstream on this machine; it answers there and nowhere else. `lines` are
 * added to its configuration, where it says what becomes of a request.
 */
export async function startRealProxy(
  name: ProxyName,
  command: string,
  upstreamPort: number,
  lines = '',
): Promise<RealPeer> {
  const directory = mkdtempSync(join(tmpdir(), `cors-sidecar-${name}-`))
  const port = await freePort()
  const start = (text: string, args: readonly string[]): ChildProcess => {
    writeFileSync(join(directory, 'configuration'), text)
    return spawn(command, args, {
      cwd: directory,
      env: { PATH: process.env.PATH ?? '', HOME: directory },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
  }
  const child = starters[name](start, { directory, port, upstreamPort, lines })
  return await running(child, `http://127.0.0.1:${port}`, directory, directory)
}

interface Place {
  readonly directory: string
  readonly port: number
  readonly upstreamPort: number
  readonly lines: string
}

type Start = (configuration: string, args: readonly string[]) => ChildProcess

const starters: Readonly<Record<ProxyName, (start: Start, place: Place) => ChildProcess>> = {
  nginx: (start, place) =>
    start(nginxProxy(place), ['-p', place.directory, '-c', 'configuration', '-e', 'stderr']),
  haproxy: (start, place) => start(haproxyProxy(place), ['-db', '-f', 'configuration']),
  caddy: (start, place) =>
    start(caddyProxy(place), ['run', '--adapter', 'caddyfile', '--config', 'configuration']),
  apache: (start, place) =>
    start(apacheProxy(place), ['-X', '-f', join(place.directory, 'configuration')]),
}

const nginxProxy = ({ directory, port, upstreamPort, lines }: Place) =>
  nginxConfiguration(
    directory,
    `server {
      listen 127.0.0.1:${port};
      client_max_body_size 0;
      location / {
        ${lines}
        proxy_pass http://127.0.0.1:${upstreamPort};
        proxy_http_version 1.1;
        proxy_request_buffering off;
        proxy_read_timeout 2s;
      }
    }`,
  )

const haproxyProxy = ({ port, upstreamPort, lines }: Place) => `
global
  maxconn 512
defaults
  mode http
  timeout connect 2s
  timeout client 10s
  timeout server 2s
frontend here
  bind 127.0.0.1:${port}
  ${lines.replaceAll('\n', '\n  ')}
  default_backend there
backend there
  server upstream 127.0.0.1:${upstreamPort}
`

const caddyProxy = ({ port, upstreamPort, lines }: Place) => `
{
  admin off
  auto_https off
}
:${port} {
  bind 127.0.0.1
  ${lines}
  reverse_proxy 127.0.0.1:${upstreamPort}
}
`

const apacheProxy = ({ directory, port, upstreamPort, lines }: Place) => `
  ServerRoot ${directory}
  ServerName localhost
  PidFile ${directory}/pid
  Listen 127.0.0.1:${port}
  ${['mpm_event', 'proxy', 'proxy_http', 'authz_core', 'headers', 'rewrite']
    .map(name => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`)
    .join('\n  ')}
  ErrorLog error.log
  ProxyTimeout 2
${lines}
  ProxyPass / http://127.0.0.1:${upstreamPort}/
`

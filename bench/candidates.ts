// What is measured, each started the way its manual says for this job.
import { execFile, execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { freePort, type Running, startProgram } from './processes.js'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The origin that every measured request comes from, and that the policy allows. */
export const pageOrigin = 'https://app.example.com'

/** One program to measure. */
export interface Candidate {
  readonly name: string
  readonly version: string
  /** Whether it is a Node program: these must be beaten by a margin. */
  readonly isNode: boolean
  readonly tunnels: boolean
  /** The path to ask it for to get the upstream's `path`. */
  pathOf(path: string, upstream: string): string
  start(upstream: string): Promise<Running>
}

/** A program that can't be measured here, and why. */
export interface Absent {
  readonly name: string
  readonly reason: string
}

export interface Bench {
  /** The Node binary that runs the sidecar and the Node peers. */
  readonly node: string
  readonly scratch: string
  readonly peersDir: string
}

const same = (path: string) => path

/** The sidecar with default logging and metrics on. */
export function sidecar(
  bench: Bench,
  options: readonly string[] = [],
  label = 'cors-sidecar',
): Candidate {
  return {
    name: label,
    version: readJson(join(root, 'package.json')).version,
    isNode: true,
    tunnels: true,
    pathOf: same,
    async start(upstream) {
      const port = await freePort()
      const adminPort = await freePort()
      return startProgram(
        bench.node,
        [
          join(root, 'bin/cors-sidecar.js'),
          upstream,
          ...(options.includes('--config') ? [] : ['-o', pageOrigin]),
          '--listen',
          `127.0.0.1:${port}`,
          '--admin-listen',
          `127.0.0.1:${adminPort}`,
          '--log-format',
          'json',
          ...options,
        ],
        port,
      )
    },
  }
}

interface PeerScript {
  readonly name: string
  readonly package?: string
  readonly script: string
  readonly args?: readonly string[]
  readonly tunnels?: boolean
  readonly pathOf?: Candidate['pathOf']
}

const peerScripts: readonly PeerScript[] = [
  {
    name: 'http-proxy',
    package: 'http-proxy',
    script: 'http-proxy.mjs',
    args: ['bare'],
    tunnels: true,
  },
  {
    name: 'http-proxy, keep-alive agent',
    package: 'http-proxy',
    script: 'http-proxy.mjs',
    args: ['keep-alive'],
    tunnels: true,
  },
  {
    name: 'http-proxy-3, keep-alive agent',
    package: 'http-proxy-3',
    script: 'http-proxy-3.mjs',
    tunnels: true,
  },
  { name: 'httpxy', package: 'httpxy', script: 'httpxy.mjs', tunnels: true },
  { name: '@fastify/reply-from', package: '@fastify/reply-from', script: 'reply-from.mjs' },
  {
    name: 'cors-anywhere',
    package: 'cors-anywhere',
    script: 'cors-anywhere.mjs',
    pathOf: (path, upstream) => `/${upstream}${path}`,
  },
  { name: 'local-cors-proxy', package: 'local-cors-proxy', script: 'local-cors-proxy.mjs' },
]

/** A Node program from the folder of peers. */
export function nodeProgram(bench: Bench, peer: PeerScript): Candidate {
  return {
    name: peer.name,
    version:
      peer.package === undefined
        ? ''
        : readJson(join(bench.peersDir, 'node_modules', peer.package, 'package.json')).version,
    isNode: peer.package !== undefined,
    tunnels: peer.tunnels ?? false,
    pathOf: peer.pathOf ?? same,
    async start(upstream) {
      const port = await freePort()
      const args = [join(bench.peersDir, peer.script), String(port), upstream, ...(peer.args ?? [])]
      return startProgram(bench.node, args, port, bench.peersDir)
    },
  }
}

/** The physical limits: bytes passed on unread, and a server that only answers. */
export function netRelay(bench: Bench): Candidate {
  return nodeProgram(bench, { name: 'bare net relay', script: 'net-relay.mjs', tunnels: true })
}

/** Every peer that this machine has, and the reason for each that it has not. */
export async function findPeers(bench: Bench): Promise<{ found: Candidate[]; absent: Absent[] }> {
  const found: Candidate[] = []
  const absent: Absent[] = []
  for (const native of [nginx(bench), haproxy(bench), caddy(bench)]) {
    if ('reason' in native) absent.push(native)
    else found.push(native)
  }
  const trouble = await installPeers(bench.peersDir)
  for (const peer of peerScripts) {
    const folder = join(bench.peersDir, 'node_modules', peer.package ?? '')
    if (existsSync(folder)) found.push(nodeProgram(bench, peer))
    else absent.push({ name: peer.name, reason: trouble ?? 'npm did not install it' })
  }
  return { found, absent }
}

/** Where the peers live: installed once, outside the repository, and kept between runs. */
export function preparePeersDir(): string {
  const dir = join(tmpdir(), 'cors-sidecar-bench-peers')
  mkdirSync(dir, { recursive: true })
  cpSync(join(root, 'bench/peers'), dir, { recursive: true })
  return dir
}

async function installPeers(dir: string): Promise<string | undefined> {
  const wanted: Record<string, string> = readJson(join(dir, 'package.json')).dependencies
  const isThere = ([name, version]: [string, string]) => {
    const manifest = join(dir, 'node_modules', name, 'package.json')
    return existsSync(manifest) && readJson(manifest).version === version
  }
  if (Object.entries(wanted).every(isThere)) return undefined
  try {
    const args = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error']
    await promisify(execFile)('npm', args, { cwd: dir })
    return undefined
  } catch (error) {
    return `npm install failed: ${String(error).split('\n')[0]}`
  }
}

function readJson(path: string): { version: string; dependencies: Record<string, string> } {
  return JSON.parse(readFileSync(path, 'utf8'))
}

/** What a program prints about its version, or undefined when there is no such program. */
export function versionFrom(command: string, arg: string, pattern: RegExp): string | undefined {
  try {
    const text = execFileSync('sh', ['-c', `${command} ${arg} 2>&1`], {
      encoding: 'utf8',
      env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
    })
    return pattern.exec(text)?.[1]
  } catch {
    return undefined
  }
}

function nginx({ scratch }: Bench): Candidate | Absent {
  const version = versionFrom('nginx', '-v', /nginx\/([\d.]+)/)
  if (version === undefined)
    return { name: 'nginx', reason: 'not installed (apt-get install nginx-light)' }
  return {
    name: 'nginx',
    version,
    isNode: false,
    tunnels: true,
    pathOf: same,
    async start(upstream) {
      const port = await freePort()
      const { host } = new URL(upstream)
      return startNginx(
        scratch,
        port,
        `map $http_origin $cors { "${pageOrigin}" $http_origin; }
        map $http_upgrade $connection_kind { default upgrade; "" ""; }
        upstream api { server ${host}; keepalive 64; keepalive_requests 100000000; }
        server {
          listen 127.0.0.1:${port} reuseport;
          location / {
            proxy_pass http://api;
            proxy_http_version 1.1;
            proxy_set_header Host $host;
            proxy_set_header Connection $connection_kind;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            add_header Access-Control-Allow-Origin $cors always;
            add_header Vary Origin always;
          }
        }`,
      )
    },
  }
}

/** An nginx of one process with these blocks in its `http` section; no logs. */
export function startNginx(scratch: string, port: number, blocks: string): Promise<Running> {
  const dir = join(scratch, `nginx-${port}`)
  mkdirSync(dir, { recursive: true })
  const conf = join(dir, 'nginx.conf')
  writeFileSync(
    conf,
    `daemon off; master_process off; pid ${dir}/pid; error_log /dev/null;
    events { worker_connections 16384; }
    http {
      access_log off; keepalive_requests 100000000; sendfile on; default_type application/json;
      client_body_temp_path ${dir}/b; proxy_temp_path ${dir}/p; fastcgi_temp_path ${dir}/f;
      uwsgi_temp_path ${dir}/u; scgi_temp_path ${dir}/s;
      ${blocks}
    }`,
  )
  const command = existsSync('/usr/sbin/nginx') ? '/usr/sbin/nginx' : 'nginx'
  return startProgram(command, ['-c', conf, '-p', dir], port)
}

function haproxy({ scratch }: Bench): Candidate | Absent {
  const version = versionFrom('haproxy', '-v', /version ([\d.]+)/)
  if (version === undefined)
    return { name: 'HAProxy', reason: 'not installed (apt-get install haproxy)' }
  return {
    name: 'HAProxy',
    version,
    isNode: false,
    tunnels: true,
    pathOf: same,
    async start(upstream) {
      const port = await freePort()
      const conf = join(scratch, `haproxy-${port}.cfg`)
      writeFileSync(
        conf,
        `global
  nbthread 1
  maxconn 4096
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  timeout tunnel 1h
frontend api
  bind 127.0.0.1:${port}
  http-request set-var(txn.origin) req.hdr(origin)
  option forwardfor
  http-response set-header Access-Control-Allow-Origin %[var(txn.origin)] if { var(txn.origin) -m str ${pageOrigin} }
  http-response set-header Vary Origin
  default_backend upstream
backend upstream
  http-reuse always
  server one ${new URL(upstream).host}
`,
      )
      const command = existsSync('/usr/sbin/haproxy') ? '/usr/sbin/haproxy' : 'haproxy'
      return startProgram(command, ['-db', '-f', conf], port)
    },
  }
}

function caddy({ scratch }: Bench): Candidate | Absent {
  const version = versionFrom('caddy', 'version', /^v?([\d.]+)/)
  if (version === undefined)
    return { name: 'Caddy', reason: 'not installed (apt-get install caddy)' }
  return {
    name: 'Caddy',
    version,
    isNode: false,
    tunnels: true,
    pathOf: same,
    async start(upstream) {
      const port = await freePort()
      const conf = join(scratch, `caddy-${port}.conf`)
      writeFileSync(
        conf,
        `{
  admin off
  auto_https off
}
http://127.0.0.1:${port} {
  @cors header Origin ${pageOrigin}
  header @cors Access-Control-Allow-Origin ${pageOrigin}
  header Vary Origin
  reverse_proxy ${new URL(upstream).host}
}
`,
      )
      return startProgram('caddy', ['run', '--adapter', 'caddyfile', '--config', conf], port)
    },
  }
}

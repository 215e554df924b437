// Real engines, each started once with many exported policies: one port a policy.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Exported } from '../../src/engines/export.js'
import { killWithParent } from './kill-with-parent.js'
import { type Needed, need } from './need.js'
import { nginxConfiguration } from './nginx-configuration.js'
import { freePort } from './real-peers.js'

/** An exported policy, where it listens, and what is behind it. */
export interface Site {
  readonly exported: Exported
  readonly port: number
  readonly upstreamPort: number
}

export interface EngineServer {
  close(): Promise<void>
}

/** How a target is run: what it needs, and the files and the command that serve all sites. */
export interface Runner {
  /** `node` is the one that runs the tests. */
  readonly needs: Needed | 'node'
  /** Whether the policy is within an application, which then is its own upstream. */
  readonly isApplication?: true
  readonly start: (sites: readonly Site[], directory: string) => Started
}

interface Started {
  readonly files: Readonly<Record<string, string>>
  readonly args: readonly string[]
}

export async function startEngine(runner: Runner, sites: readonly Site[]): Promise<EngineServer> {
  // Node finds packages by where a file is.
  const parent = runner.needs === 'node' ? (process.env.TEST_SERVERS ?? '') : tmpdir()
  const directory = mkdtempSync(join(parent, 'cors-sidecar-engine-'))
  const { files, args } = runner.start(sites, directory)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text)
  const child = spawn(commandOf(runner), args, {
    cwd: directory,
    env: { PATH: process.env.PATH ?? '', HOME: directory },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  killWithParent(child)
  await listening(
    child,
    sites.map(({ port }) => port),
  )
  return {
    async close() {
      const closed = new Promise(resolve => child.once('close', resolve))
      child.kill('SIGTERM')
      const killer = setTimeout(() => child.kill('SIGKILL'), 3_000)
      await closed
      clearTimeout(killer)
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** Why a target can't be run here. Packages of an application are no dependencies of this program. */
export function skipOf({ needs }: Runner): string | false {
  return needs === 'node' ? skipOfServers() : need(needs).skip
}

export function skipOfServers(): string | false {
  if (process.env.TEST_SERVERS !== undefined) return false
  const reason = 'TEST_SERVERS names no folder with the node_modules of Express, Fastify and Hono'
  if (process.env.CI_REQUIRE_ALL === '1') throw new Error(reason)
  return reason
}

const commandOf = ({ needs }: Runner): string =>
  needs === 'node' ? process.execPath : need(needs).path

export async function freePorts(count: number): Promise<readonly number[]> {
  const ports = new Set<number>()
  while (ports.size < count) ports.add(await freePort())
  return [...ports]
}

async function listening(child: ChildProcess, ports: readonly number[]): Promise<void> {
  let said = ''
  const hear = (piece: Buffer) => {
    said += piece.toString()
  }
  child.stderr?.on('data', hear)
  child.stdout?.on('data', hear)
  for (const port of ports) {
    while (!(await connects(port))) {
      if (child.exitCode !== null) throw new Error(`ended before it listened:\n${said}`)
      await new Promise(resolve => setTimeout(resolve, 20))
    }
  }
}

const connects = (port: number) =>
  new Promise<boolean>(resolve => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })

const fileOf = ({ exported }: Site, name: string): string => exported.files?.[name] ?? ''

const policies = (sites: readonly Site[], nameOf: (at: number) => string) =>
  Object.fromEntries(sites.map(({ exported }, at) => [nameOf(at), exported.text]))

/** The variables of several policies in one nginx need several names. */
const nginx: Runner = {
  needs: 'nginx',
  start: (sites, directory) => {
    const text = (site: Site, name: string, at: number) =>
      fileOf(site, name)
        .replace(/\$(\{?)cors_/g, `$$$1cors${at}_`)
        .replaceAll('map_hash_bucket_size', '#')
    const http = `
        map_hash_bucket_size 1024;
        map_hash_max_size 8192;
        variables_hash_max_size 8192;
        map $http_upgrade $connection_header { websocket upgrade; default ''; }
        ${sites.map((site, at) => text(site, 'cors-maps.conf', at)).join('\n')}
        ${sites
          .map(
            (site, at) => `server {
              listen 127.0.0.1:${site.port};
              location / {
                ${text(site, 'cors.conf', at)}
                proxy_pass http://127.0.0.1:${site.upstreamPort};
                proxy_http_version 1.1;
                proxy_set_header Host $http_host;
                proxy_set_header Upgrade $http_upgrade;
                proxy_set_header Connection $connection_header;
              }
            }`,
          )
          .join('\n')}`
    return {
      files: { 'nginx.conf': nginxConfiguration(directory, http) },
      args: ['-p', directory, '-c', 'nginx.conf', '-e', 'stderr'],
    }
  },
}

const haproxy: Runner = {
  needs: 'haproxy',
  start: sites => {
    const sections = sites.map(
      ({ exported, port, upstreamPort }, at) => `
frontend f${at}
    bind 127.0.0.1:${port}
${exported.text}
    default_backend b${at}
backend b${at}
    server upstream 127.0.0.1:${upstreamPort}
`,
    )
    const configuration = `global
    maxconn 512
defaults
    mode http
    timeout connect 2s
    timeout client 10s
    timeout server 10s
${sections.join('')}`
    return { files: { 'haproxy.cfg': configuration }, args: ['-db', '-f', 'haproxy.cfg'] }
  },
}

const caddy: Runner = {
  needs: 'caddy',
  start: sites => {
    const blocks = sites.map(
      ({ exported, port, upstreamPort }) => `
:${port} {
  bind 127.0.0.1
${exported.text}
  reverse_proxy 127.0.0.1:${upstreamPort}
}`,
    )
    return {
      files: { Caddyfile: `{\n  admin off\n  auto_https off\n}\n${blocks.join('')}\n` },
      args: ['run', '--adapter', 'caddyfile', '--config', 'Caddyfile'],
    }
  },
}

/** Plays what a request asks for, as the plain upstream does. */
const nodeHandler = `
const handle = (request, response) => {
  const text = request.headers['x-play']
  const { status, headers } = JSON.parse(text ? decodeURIComponent(text) : '{"status":200,"headers":[]}')
  for (const [name, value] of headers) {
    if (/^vary$/i.test(name)) response.appendHeader(name, value)
    else response.setHeader(name, value)
  }
  response.setHeader('X-Handled', request.headers.origin ?? 'none')
  response.writeHead(status)
  response.end()
}`

const expressApp: Runner = {
  needs: 'node',
  isApplication: true,
  start: sites => ({
    files: {
      ...policies(sites, at => `policy-${at}.mjs`),
      'app.mjs': [
        "import express from 'express'",
        ...sites.map((_, at) => `import { corsPolicy as policy${at} } from './policy-${at}.mjs'`),
        nodeHandler,
        ...sites.map(
          ({ port }, at) => `express().use(policy${at}).use(handle).listen(${port}, '127.0.0.1')`,
        ),
      ].join('\n'),
    },
    args: ['app.mjs'],
  }),
}

const fastifyApp: Runner = {
  needs: 'node',
  isApplication: true,
  start: sites => ({
    files: {
      ...policies(sites, at => `policy-${at}.mjs`),
      'app.mjs': [
        "import cors from '@fastify/cors'",
        "import Fastify from 'fastify'",
        ...sites.map((_, at) => `import { corsPolicy as policy${at} } from './policy-${at}.mjs'`),
        nodeHandler,
        'const serve = async (policy, port) => {',
        '  const app = Fastify()',
        '  await app.register(cors, policy)',
        '  app.setNotFoundHandler((request, reply) => {',
        '    for (const [name, value] of Object.entries(reply.getHeaders())) reply.raw.setHeader(name, value)',
        '    reply.hijack()',
        '    handle(request.raw, reply.raw)',
        '  })',
        "  await app.listen({ port, host: '127.0.0.1' })",
        '}',
        ...sites.map(({ port }, at) => `await serve(policy${at}, ${port})`),
      ].join('\n'),
    },
    args: ['app.mjs'],
  }),
}

const honoApp: Runner = {
  needs: 'node',
  isApplication: true,
  start: sites => ({
    files: {
      ...policies(sites, at => `policy-${at}.mjs`),
      'app.mjs': [
        "import { serve } from '@hono/node-server'",
        "import { Hono } from 'hono'",
        ...sites.map((_, at) => `import { corsPolicy as policy${at} } from './policy-${at}.mjs'`),
        'const handle = context => {',
        "  const text = context.req.header('x-play')",
        '  const { status, headers } = JSON.parse(text ? decodeURIComponent(text) : \'{"status":200,"headers":[]}\')',
        '  const response = new Response(null, { status })',
        '  for (const [name, value] of headers)',
        '    for (const line of [value].flat()) response.headers.append(name, line)',
        "  response.headers.set('X-Handled', context.req.header('origin') ?? 'none')",
        '  return response',
        '}',
        ...sites.map(
          ({ port }, at) =>
            `serve({ fetch: new Hono().use('*', policy${at}).all('*', handle).fetch, port: ${port}, hostname: '127.0.0.1' })`,
        ),
      ].join('\n'),
    },
    args: ['app.mjs'],
  }),
}

const pythonHandler = `
import json, threading
from urllib.parse import unquote

def play_of(headers):
    text = headers.get('X-Play')
    return json.loads(unquote(text)) if text else {'status': 200, 'headers': []}

def lines_of(play):
    for name, value in play['headers']:
        for line in value if isinstance(value, list) else [value]:
            yield name, line
`

const flaskApp: Runner = {
  needs: 'flask-cors',
  isApplication: true,
  start: sites => ({
    files: {
      ...policies(sites, at => `policy_${at}.py`),
      'app.py': `${pythonHandler}
import importlib
from flask import Flask, Response, request
from werkzeug.serving import make_server, WSGIRequestHandler
class Quiet(WSGIRequestHandler):
    def log(self, *a): pass
    def log_request(self, *a): pass
def build(at):
    app = Flask(__name__)
    methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']
    @app.route('/', defaults={'path': ''}, methods=methods)
    @app.route('/<path:path>', methods=methods)
    def handle(path):
        play = play_of(request.headers)
        response = Response(status=play['status'])
        for name, line in lines_of(play):
            response.headers.add(name, line)
        response.headers['X-Handled'] = request.headers.get('Origin', 'none')
        return response
    importlib.import_module('policy_%d' % at).init_cors(app)
    return app
for at, port in enumerate(${JSON.stringify(sites.map(({ port }) => port))}):
    server = make_server('127.0.0.1', port, build(at), request_handler=Quiet)
    threading.Thread(target=server.serve_forever).start()
`,
    },
    args: ['app.py'],
  }),
}

/** Its settings are those of a process: one is split off for each policy, and ends with the first. */
const djangoApp: Runner = {
  needs: 'django-cors',
  isApplication: true,
  start: sites => ({
    files: {
      ...policies(sites, at => `policy_${at}.py`),
      'app.py': `${pythonHandler}
import ctypes, os, signal
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
import django, corsheaders.middleware
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import re_path
class Handler(WSGIRequestHandler):
    def log_message(self, *a): pass
    def get_environ(self):
        environ = super().get_environ()
        # As it was sent: wsgiref takes other blanks away, too.
        if 'Origin' in self.headers:
            environ['HTTP_ORIGIN'] = ','.join(self.headers.get_all('Origin')).strip(' \\t')
        return environ
class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
def handle(request):
    play = play_of(request.headers)
    response = HttpResponse(status=play['status'])
    for name, line in lines_of(play):
        response[name] = response[name] + ', ' + line if name in response else line
    response['X-Handled'] = request.headers.get('Origin', 'none')
    return response
urlpatterns = [re_path('', handle)]
def serve(at, port):
    named = {'INSTALLED_APPS': [], 'MIDDLEWARE': []}
    exec(open('policy_%d.py' % at).read(), named)
    settings.configure(
        SECRET_KEY='x', ALLOWED_HOSTS=['*'], ROOT_URLCONF=__name__, APPEND_SLASH=False,
        **{name: value for name, value in named.items() if name.isupper()})
    django.setup()
    make_server('127.0.0.1', port, get_wsgi_application(), Server, Handler).serve_forever()
for at, port in enumerate(${JSON.stringify(sites.map(({ port }) => port))}):
    if os.fork() == 0:
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
        serve(at, port)
signal.pause()
`,
    },
    args: ['app.py'],
  }),
}

const fastapiApp: Runner = {
  needs: 'fastapi',
  isApplication: true,
  start: sites => ({
    files: {
      ...policies(sites, at => `policy_${at}.py`),
      'app.py': `${pythonHandler}
import asyncio, importlib
import uvicorn
from fastapi import FastAPI, Request, Response
def build(at):
    app = FastAPI()
    @app.api_route('/{path:path}', methods=['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
    async def handle(request: Request):
        play = play_of(request.headers)
        response = Response(status_code=play['status'])
        for name, line in lines_of(play):
            response.headers.append(name, line)
        response.headers['X-Handled'] = request.headers.get('Origin', 'none')
        return response
    importlib.import_module('policy_%d' % at).add_cors(app)
    return app
class Server(uvicorn.Server):
    def install_signal_handlers(self): pass
async def main():
    servers = [
        Server(uvicorn.Config(build(at), host='127.0.0.1', port=port, log_level='critical', lifespan='off'))
        for at, port in enumerate(${JSON.stringify(sites.map(({ port }) => port))})
    ]
    await asyncio.gather(*(server.serve() for server in servers))
asyncio.run(main())
`,
    },
    args: ['app.py'],
  }),
}

export const runners: Readonly<Record<string, Runner>> = {
  nginx,
  haproxy,
  caddy,
  express: expressApp,
  fastify: fastifyApp,
  hono: honoApp,
  flask: flaskApp,
  django: djangoApp,
  fastapi: fastapiApp,
}

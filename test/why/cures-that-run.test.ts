// A person's way: a page fails, its line of the console goes into `why`, what that prints is written into the
// server, and the same page succeeds. Real servers, a real browser.
import t, { type Test } from 'tap'
import { type Cause, settled } from '../../src/why/causes.js'
import { type CuredServer, serverCure } from '../../src/why/cures.js'
import { grantFor } from '../../src/why/grant.js'
import { readText } from '../../src/why/read-text.js'
import { type Scene, setScene } from '../docs/bad-api.js'
import { type Driven, openChromium, type Sent } from '../docs/driven-browsers.js'
import { skipOfServers } from '../support/engine-servers.js'
import { need } from '../support/need.js'
import { type RealPeer, startNodeApp, startPythonApp } from '../support/real-peers.js'
import { type ProxyName, startRealProxy } from '../support/real-proxies.js'

t.setTimeout(300_000)

type Row = readonly [code: string, path: string, init?: Sent['init']]

const put = { method: 'PUT' } as const
const include = { credentials: 'include' } as const

/** What a proxy in front of an API can mend, whatever the API says. */
const behindProxy: readonly Row[] = [
  ['allow-origin-missing', '/silent'],
  ['allow-origin-other', '/other'],
  ['allow-origin-doubled', '/doubled'],
  ['star-with-credentials', '/star', include],
  ['allow-credentials-not-true', '/no-credentials', include],
  ['preflight-allow-origin', '/silent-when-asked', put],
  ['preflight-not-ok', '/not-found-when-asked', put],
  ['preflight-redirects', '/moved-when-asked', put],
  ['method-not-allowed', '/no-method', { method: 'PROPFIND' }],
  ['header-not-allowed', '/no-header', { headers: { 'x-trace': '1' } }],
]

/** What an application does that sets a header here and there. */
const inApplication: readonly Row[] = [
  ['allow-origin-missing', '/silent'],
  ['star-with-credentials', '/star', include],
  ['preflight-allow-origin', '/silent-when-asked', put],
  ['header-not-allowed', '/no-header', { headers: { 'x-trace': '1' } }],
]

type Start = (test: Test, scene: Scene, cure: string | undefined) => Promise<RealPeer>

const proxy =
  (name: ProxyName): Start =>
  async (test, scene, cure = '') => {
    const { port } = new URL(scene.api)
    const peer = await startRealProxy(name, need(name).path, Number(port), cure)
    test.teardown(() => peer.close())
    return peer
  }

const application =
  (write: (wrong: boolean, page: string, cure: string) => string, python?: string): Start =>
  async (test, { page }, cure) => {
    const text = write(cure === undefined, page, cure ?? '')
    const peer = await (python === undefined
      ? startNodeApp(text, process.env.TEST_SERVERS)
      : startPythonApp(python, text))
    test.teardown(() => peer.close())
    return peer
  }

const express = application(
  (wrong, page, cure) => `
import express from 'express'
const app = express()
${cure}
app.use((request, response) => {
  if (${wrong} && request.path === '/star') response.set('Access-Control-Allow-Origin', '*')
  if (${wrong} && request.path === '/no-header') response.set('Access-Control-Allow-Origin', '${page}')
  response.send('ok')
})
const server = app.listen(0, '127.0.0.1', () => console.log('listening at http://127.0.0.1:' + server.address().port))`,
)

const fastify = application(
  (wrong, page, cure) => `
import Fastify from 'fastify'
const app = Fastify()
${cure}
app.addHook('onSend', async (request, reply) => {
  if (${wrong} && request.url === '/star') reply.header('Access-Control-Allow-Origin', '*')
  if (${wrong} && request.url === '/no-header') reply.header('Access-Control-Allow-Origin', '${page}')
})
app.route({ method: ['GET', 'PUT'${wrong ? ", 'OPTIONS'" : ''}], url: '/*', handler: async () => 'ok' })
console.log('listening at ' + await app.listen({ port: 0, host: '127.0.0.1' }))`,
)

const hono = application(
  (wrong, page, cure) => `
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
const app = new Hono()
${cure}
app.all('*', context => {
  if (${wrong} && context.req.path === '/star') context.header('Access-Control-Allow-Origin', '*')
  if (${wrong} && context.req.path === '/no-header') context.header('Access-Control-Allow-Origin', '${page}')
  return context.text('ok')
})
serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => console.log('listening at http://127.0.0.1:' + port))`,
)

const wrongInPython = (page: string) => `wrong = {'/star': '*', '/no-header': '${page}'}`

const flask = application(
  (wrong, page, cure) => `
from flask import Flask, request
from werkzeug.serving import make_server
app = Flask(__name__)
${cure}
${wrongInPython(page)}
@app.after_request
def spoil(response):
    if ${wrong ? 'request.path in wrong' : 'False'}:
        response.headers['Access-Control-Allow-Origin'] = wrong[request.path]
    return response
@app.route('/<path:path>', methods=['GET', 'PUT'])
def answer(path):
    return 'ok'
server = make_server('127.0.0.1', 0, app, threaded=True)
print('listening at http://127.0.0.1:%d' % server.port, flush=True)
server.serve_forever()`,
  need('flask-cors').path,
)

const django = application(
  (wrong, page, cure) => `
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIServer, make_server
from django.conf import settings
from django.http import HttpResponse
from django.urls import re_path
INSTALLED_APPS = []
MIDDLEWARE = []
${cure}
SECRET_KEY = 'x'
ALLOWED_HOSTS = ['127.0.0.1']
ROOT_URLCONF = __name__
settings.configure(**{name: value for name, value in list(globals().items()) if name.isupper()})
import django
django.setup()
${wrongInPython(page)}
def answer(request):
    response = HttpResponse('ok')
    if ${wrong ? 'request.path in wrong' : 'False'}:
        response['Access-Control-Allow-Origin'] = wrong[request.path]
    return response
urlpatterns = [re_path('', answer)]
from django.core.wsgi import get_wsgi_application
# Browsers open a connection more than they use, and a server of one thread waits for it.
class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
server = make_server('127.0.0.1', 0, get_wsgi_application(), Server)
print('listening at http://127.0.0.1:%d' % server.server_port, flush=True)
server.serve_forever()`,
  need('django-cors').path,
)

const fastapi = application(
  (wrong, page, cure) => `
import socket, uvicorn
from fastapi import FastAPI, Request, Response
app = FastAPI()
${cure}
${wrongInPython(page)}
@app.api_route('/{path:path}', methods=['GET', 'PUT', 'OPTIONS'])
async def answer(request: Request):
    found = wrong.get(request.url.path) if ${wrong ? 'True' : 'False'} else None
    return Response('ok', headers={'Access-Control-Allow-Origin': found} if found else {})
listener = socket.socket()
listener.bind(('127.0.0.1', 0))
print('listening at http://127.0.0.1:%d' % listener.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(app, log_level='error')).run(sockets=[listener])`,
  need('fastapi').path,
)

const skipOf = (...names: Parameters<typeof need>[0][]) =>
  ['chromium' as const, ...names].map(name => need(name).skip).find(skip => skip !== false) ?? false

for (const [name, skip, start, rows] of [
  ['nginx', skipOf('nginx'), proxy('nginx'), behindProxy],
  ['apache', skipOf('apache'), proxy('apache'), behindProxy],
  ['haproxy', skipOf('haproxy'), proxy('haproxy'), behindProxy],
  ['caddy', skipOf('caddy'), proxy('caddy'), behindProxy],
  ['express', skipOf(), express, inApplication],
  ['fastify', skipOfServers(), fastify, inApplication],
  ['hono', skipOfServers(), hono, inApplication],
  ['flask', skipOf('flask', 'flask-cors'), flask, inApplication],
  ['django', skipOf('django', 'django-cors'), django, inApplication],
  ['fastapi', skipOf('fastapi', 'uvicorn'), fastapi, inApplication],
] as const) {
  t.test(`what why prints cures ${name} of`, { skip }, async t => {
    const scene = await setScene(t)
    const driven = await openChromium(t, scene.page)
    const spoilt = await start(t, scene, undefined)
    for (const row of rows) {
      await t.test(row[0], t => failThenCure(t, { name, start, scene, driven, spoilt, row }))
    }
  })
}

interface Way {
  readonly name: CuredServer
  readonly start: Start
  readonly scene: Scene
  readonly driven: Driven
  readonly spoilt: RealPeer
  readonly row: Row
}

async function failThenCure(test: Test, { name, start, scene, driven, spoilt, row }: Way) {
  const [code, path, init = {}] = row
  const url = `${spoilt.url}${path}`
  test.equal(await driven.send({ url, by: 'fetch', init }), 'refused', 'the page fails')
  const line = await driven.line(`'${url}'`)
  const [cause] = settled(readText(line).causes)
  test.match(cause, { code, certainty: 'certain', facts: { origin: scene.page, url } }, line)
  const cured = await start(test, scene, cureOf(cause, name))
  test.equal(
    await driven.send({ url: `${cured.url}${path}`, by: 'fetch', init }),
    'read',
    'the page succeeds',
  )
}

function cureOf(cause: Cause | undefined, name: CuredServer): string {
  const grant = cause === undefined ? undefined : grantFor(cause)
  if (grant === undefined) throw new Error('there is no cure')
  return serverCure(name, grant)
}

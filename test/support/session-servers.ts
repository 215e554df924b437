// Servers that know their visitors again by a cookie, as they do it when left to themselves.

import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, type RealPeer, running, startNodeApp, startPythonApp } from './real-peers.js'
import { startTomcat } from './tomcat.js'

/** Express with a session cookie for https only, which counts the visits of each session. */
export const startExpressSessions = (): Promise<RealPeer> =>
  startNodeApp(`
    import express from 'express'
    import session from 'express-session'
    const app = express()
    app.set('trust proxy', true)
    const cookie = { secure: true }
    app.use(session({ secret: 's', resave: false, saveUninitialized: true, cookie }))
    app.get('/count', (req, res) => {
      req.session.count = (req.session.count ?? 0) + 1
      res.send(String(req.session.count))
    })
    app.get('/away', (req, res) => res.redirect(req.protocol + '://' + req.get('host') + '/count'))
    const server = app.listen(0, '127.0.0.1', () =>
      console.log('listening at http://127.0.0.1:' + server.address().port))`)

const counting = `<%
  Integer count = (Integer) session.getAttribute("count");
  count = count == null ? 1 : count + 1;
  session.setAttribute("count", count);
%><%= count %>`

/** Tomcat with an application at `/app` that counts the visits of each session. */
export const startTomcatSessions = (catalina: string): Promise<RealPeer> =>
  startTomcat(catalina, {
    context: 'app',
    pages: [{ name: 'count', pattern: '/count', text: counting }],
  })

/** Django, whose only view takes a form with the token against forgeries that it gave out before. */
export const startDjango = (python: string): Promise<RealPeer> =>
  startPythonApp(
    python,
    `
import django
from django.conf import settings
settings.configure(SECRET_KEY='s', ROOT_URLCONF=__name__, ALLOWED_HOSTS=['localhost', '127.0.0.1'],
    MIDDLEWARE=['django.middleware.csrf.CsrfViewMiddleware'])
django.setup()
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.urls import path
def form(request):
    return HttpResponse('saved' if request.method == 'POST' else get_token(request))
urlpatterns = [path('', form), path('form', form)]
from wsgiref.simple_server import make_server
server = make_server('127.0.0.1', 0, get_wsgi_application())
print('listening at http://127.0.0.1:%d ' % server.server_port, flush=True)
server.serve_forever()`,
  )

/** Jupyter below `/app/`, with a password that is its token. */
export async function startJupyter(command: string, password: string): Promise<RealPeer> {
  const directory = mkdtempSync(join(tmpdir(), 'cors-sidecar-jupyter-'))
  const port = await freePort()
  const settings = ['base_url=/app/', `port=${port}`, 'ip=127.0.0.1', `token=${password}`]
  const args = ['--no-browser', '--allow-root', ...settings.map(text => `--ServerApp.${text}`)]
  const child = spawn(command, args, {
    cwd: directory,
    env: { ...process.env, HOME: directory, JUPYTER_RUNTIME_DIR: directory },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  return running(child, `http://127.0.0.1:${port}`, directory, directory)
}

// Four servers that read paths each in its own way. Each has a handler for `/public/`, `/admin/`,
// `/app/` and everything else, which names itself in the field `x-handler`; what no handler took has
// no such field.

import { spawn } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { need } from './need.js'
import { nginxConfiguration } from './nginx-configuration.js'
import { freePort, type RealPeer, running, startNodeApp, startPythonApp } from './real-peers.js'
import { startTomcat } from './tomcat.js'

const folders = ['public', 'admin', 'app'] as const

/** nginx as it comes: decodes once, merges slashes, resolves dots. */
async function startPathNginx(command: string): Promise<RealPeer> {
  const directory = mkdtempSync(join(tmpdir(), 'cors-sidecar-paths-'))
  const port = await freePort()
  const handler = (name: string, location: string) =>
    `location ${location} { add_header X-Handler ${name} always; return 200; }`
  const locations = folders.flatMap(name => [
    handler(name, `= /${name}`),
    handler(name, `/${name}/`),
  ])
  writeFileSync(
    join(directory, 'nginx.conf'),
    nginxConfiguration(
      directory,
      `server { listen 127.0.0.1:${port}; ${locations.join('\n')} ${handler('rest', '/')} }`,
    ),
  )
  const args = ['-p', directory, '-c', 'nginx.conf', '-e', 'stderr']
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  return running(child, `http://127.0.0.1:${port}`, directory, directory)
}

/** Tomcat at its most lenient: takes parameters off, decodes, also slashes, and takes backslashes. */
function startPathTomcat(catalina: string): Promise<RealPeer> {
  const page = (name: string, pattern: string) => {
    return { name, pattern, text: `<% response.setHeader("X-Handler", "${name}"); %>` }
  }
  const pages = [...folders.map(name => page(name, `/${name}/*`)), page('rest', '/')]
  const lenient = [
    'allowBackslash="true"',
    'encodedSolidusHandling="decode"',
    'relaxedPathChars="\\|&quot;&lt;&gt;"',
  ]
  return startTomcat(catalina, { context: 'ROOT', pages }, lenient.join(' '))
}

const expressApp = `
import express from 'express'
const app = express()
const handler = name => (req, res) => res.set('X-Handler', name).end()
for (const name of ${JSON.stringify(folders)}) app.use('/' + name, handler(name))
app.use(handler('rest'))
const server = app.listen(0, '127.0.0.1', () =>
  console.log('listening at http://127.0.0.1:' + server.address().port))`

/** Express as it comes: compares the path as it was sent. */
const startPathExpress = (): Promise<RealPeer> => startNodeApp(expressApp)

const flaskApp = `
from flask import Flask, Response
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import make_server
def app(name):
    app = Flask(name, static_folder=None)
    handle = lambda path='': Response(headers={'X-Handler': name})
    app.add_url_rule('/', 'root', handle)
    app.add_url_rule('/<path:path>', 'all', handle)
    return app
mounted = {'/' + name: app(name) for name in ${JSON.stringify(folders)}}
server = make_server('127.0.0.1', 0, DispatcherMiddleware(app('rest'), mounted), threaded=True)
print('listening at http://127.0.0.1:%d ' % server.port, flush=True)
server.serve_forever()`

/** Flask, an application for each folder: decodes once, then redirects to merged slashes. */
const startPathFlask = (python: string): Promise<RealPeer> => startPythonApp(python, flaskApp)

/** All of them, with the reason where this machine has not got one. */
export const pathPeers: readonly PathPeer[] = [
  { name: 'nginx', skip: need('nginx').skip, startPeer: () => startPathNginx(need('nginx').path) },
  {
    name: 'Tomcat',
    skip: need('tomcat').skip,
    startPeer: () => startPathTomcat(need('tomcat').path),
  },
  { name: 'Express', skip: false, startPeer: startPathExpress },
  { name: 'Flask', skip: need('flask').skip, startPeer: () => startPathFlask(need('flask').path) },
]

interface PathPeer {
  readonly name: string
  readonly skip: string | false
  startPeer(): Promise<RealPeer>
}

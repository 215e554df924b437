// A path that the sidecar reads in one way and the server behind it in another: thousands of them,
// and four real servers that say which of their handlers took each.

import { Agent, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { type Options, type Running, start } from '../../src/index.js'
import { pick, seededRandom } from '../support/mutated-streams.js'
import { need } from '../support/need.js'
import {
  startPathExpress,
  startPathFlask,
  startPathNginx,
  startPathTomcat,
} from '../support/path-peers.js'

const flask = need('flask')
const nginx = need('nginx')
const tomcat = need('tomcat')

const app = 'https://app.example.com'
const admin = 'https://admin.example.com'
const origins = [app, admin, 'https://evil.example']

/** Of each server and each way of being in front of it. */
const DRAWN = 700

const names = [
  'public',
  'admin',
  'app',
  'x',
  'publicity',
  '..',
  '.',
  '',
  '..',
  '%2e%2e',
  '.%2E',
  '%61dmin',
]
const odd = [
  '%252e%252e',
  '%25252e.',
  '..;',
  '..;a=b',
  '.;',
  'app;v=1',
  '..%00',
  '..%3b',
  '%u002e.',
  '%c0%ae.',
  'a%20b',
  '...',
]
const separators = [
  '/',
  '/',
  '/',
  '/',
  '//',
  '%2f',
  '%2F',
  '\\',
  '%5c',
  '%252f',
  '%25252F',
  '%c0%af',
  '/;/',
  '/x/../',
  '%3f/',
]

/** Paths that begin innocently and then try everything. */
function* drawnPaths(seed: number, first: readonly string[]): Generator<string> {
  const random = seededRandom(seed)
  for (let drawn = 0; drawn < DRAWN; drawn++) {
    let path = pick(random, first)
    const length = 1 + Math.floor(random() * 5)
    for (let at = 0; at < length; at++) {
      path += pick(random, separators) + pick(random, random() < 0.6 ? names : odd)
    }
    yield path
  }
}

/** Real names of resources, below the folder that their users asked for. */
const honest = [
  'api/v4/projects/group%2Fproject',
  'api/v4/projects/group%2Fsub%2Fproject/repository/files/src%2Fmain%2Ets/raw?ref=a%2Fb',
  '@scope%2fname',
  'api/queues/%2F/orders',
  'files/report%2Epdf',
  'job/feature%2Fx/1',
  'files/100%25%20sure;v=1',
  'caf%C3%A9/%E2%82%AC',
  '.well-known/x',
  'a/../b',
  "v1/things:batch/(id='a')/$count",
]

t.setTimeout(180_000)
const agent = new Agent({ keepAlive: true, maxSockets: 8 })
t.teardown(() => agent.destroy())

interface Answer {
  readonly path: string
  readonly origin: string
  readonly status: number | undefined
  /** Which handler took it; undefined for none. */
  readonly handler: string | undefined
  readonly isGranted: boolean
}

function ask(url: string, path: string, origin = app): Promise<Answer> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const asking = request({ hostname, port, path, agent, headers: { origin } }, answer => {
      const { statusCode: status, headers } = answer
      const handler = headers['x-handler']?.toString()
      const isGranted = headers['access-control-allow-origin'] !== undefined
      answer.resume().once('end', () => resolve({ path, origin, status, handler, isGranted }))
    })
    asking.once('error', reject).end()
  })
}

async function inFront(t: Test, options: Options): Promise<Running> {
  const quiet = { listen: '127.0.0.1:0', adminListen: 'off', logLevel: 'silent' } as const
  const sidecar = await start({ ...quiet, allowOrigins: [app], ...options })
  t.teardown(() => sidecar.close())
  return sidecar
}

/** Another upstream, which whoever has a route may not be led to. */
async function startElsewhere(t: Test): Promise<string> {
  const server = createServer((_, response) => {
    response.setHeader('X-Handler', 'elsewhere').end()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const takenBy = (answers: readonly Answer[], wanted: string) =>
  answers.filter(({ handler }) => handler === wanted).length

for (const [name, skip, startPeer] of [
  ['nginx', nginx.skip, () => startPathNginx(nginx.path)],
  ['Tomcat', tomcat.skip, () => startPathTomcat(tomcat.path)],
  ['Express', false, startPathExpress],
  ['Flask', flask.skip, () => startPathFlask(flask.path)],
] as const) {
  t.test(`${name} behind`, { skip }, async t => {
    const peer = await startPeer()
    t.teardown(() => peer.close())

    t.test('a route is never left, and names that only look strange pass', async t => {
      const upstream = await startElsewhere(t)
      const routes = [{ prefix: '/public', upstream: peer.url }]
      const { url } = await inFront(t, { upstream, routes })
      const paths = drawnPaths(1, ['/public', '/public/x', '/x', '/public/x/y'])
      const answers = await Promise.all([...paths].map(path => ask(url, path)))
      const wrong = answers.filter(
        ({ handler }) => handler !== undefined && handler !== 'public' && handler !== 'elsewhere',
      )
      t.strictSame(wrong, [])
      t.ok(takenBy(answers, 'public') > 20, 'many stay')
      t.ok(answers.filter(({ status }) => status === 400).length > 20, 'many are refused')
      for (const name of honest) {
        const path = `/public/${name}`
        t.strictSame(await ask(url, path), { ...(await ask(peer.url, path)), isGranted: true })
      }
    })

    t.test('a base path is never left', async t => {
      const { url } = await inFront(t, { upstream: `${peer.url}/app` })
      const paths = drawnPaths(2, ['', '/x', '/x/y', '/public'])
      const answers = await Promise.all([...paths].map(path => ask(url, `/${path.slice(1)}`)))
      const wrong = answers.filter(({ handler }) => handler !== undefined && handler !== 'app')
      t.strictSame(wrong, [])
      t.ok(takenBy(answers, 'app') > 20, 'many stay')
    })

    t.test('no handler is read under the policy of another', async t => {
      const { url } = await inFront(t, {
        upstream: peer.url,
        paths: [
          { match: '/public/', allowOrigins: ['*'] },
          { match: '/admin/', allowOrigins: [admin] },
        ],
      })
      const readers: Record<string, readonly string[]> = { public: origins, admin: [admin] }
      const paths = drawnPaths(3, ['/public', '/admin', '/public/x', '/x'])
      const answers = await Promise.all(
        [...paths].map((path, at) => ask(url, path, origins[at % origins.length])),
      )
      const granted = answers.filter(({ handler, isGranted }) => handler && isGranted)
      const wrong = granted.filter(
        ({ handler = '', origin }) => !(readers[handler] ?? [app]).includes(origin),
      )
      t.strictSame(wrong, [])
      t.ok(granted.length > 20, 'many are granted')
    })
  })
}

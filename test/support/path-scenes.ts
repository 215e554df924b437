// Ways of being in front of a server that reads paths in its own way, and the paths that are tried on each:
// what a handler's answer to one may and may not be.

import { Agent, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Options, type Running, start } from '../../src/index.js'
import { pick } from './mutated-streams.js'

export const app = 'https://app.example.com'
const admin = 'https://admin.example.com'
const origins = [app, admin, 'https://evil.example']

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

/** A path that begins innocently and then tries everything. */
export function drawPath(random: () => number, first: readonly string[]): string {
  let path = pick(random, first)
  const length = 1 + Math.floor(random() * 5)
  for (let at = 0; at < length; at++) {
    path += pick(random, separators) + pick(random, random() < 0.6 ? names : odd)
  }
  return `/${path.slice(1)}`
}

export const drawOrigin = (random: () => number): string => pick(random, origins)

export interface Answer {
  readonly path: string
  readonly origin: string
  readonly status: number | undefined
  /** Which handler took it; undefined for none. */
  readonly handler: string | undefined
  readonly isGranted: boolean
}

export interface PathScene {
  readonly title: string
  /** With what its paths begin. */
  readonly first: readonly string[]
  /** The settings in front of a peer, and of another upstream, whose handler is `elsewhere`. */
  options(peer: string, elsewhere: string): Options
  isWrong(answer: Answer): boolean
  /** Whether an answer shows that the scene is not all refusals. */
  isTelling(answer: Answer): boolean
  /** Whether a path that can be read in two ways is refused; else all policies that may apply are asked. */
  readonly refuses: boolean
}

const readers: Readonly<Record<string, readonly string[]>> = { public: origins, admin: [admin] }

export const pathScenes: readonly PathScene[] = [
  {
    title: 'a route is never left',
    first: ['/public', '/public/x', '/x', '/public/x/y'],
    options: (peer, elsewhere) => ({
      upstream: elsewhere,
      routes: [{ prefix: '/public', upstream: peer }],
    }),
    isWrong: ({ handler }) =>
      handler !== undefined && handler !== 'public' && handler !== 'elsewhere',
    isTelling: ({ handler }) => handler === 'public',
    refuses: true,
  },
  {
    title: 'a base path is never left',
    first: ['', '/x', '/x/y', '/public'],
    options: peer => ({ upstream: `${peer}/app` }),
    isWrong: ({ handler }) => handler !== undefined && handler !== 'app',
    isTelling: ({ handler }) => handler === 'app',
    refuses: true,
  },
  {
    title: 'no handler is read under the policy of another',
    first: ['/public', '/admin', '/public/x', '/x'],
    options: peer => ({
      upstream: peer,
      paths: [
        { match: '/public/', allowOrigins: ['*'] },
        { match: '/admin/', allowOrigins: [admin] },
      ],
    }),
    isWrong: ({ handler, isGranted, origin }) =>
      handler !== undefined && isGranted && !(readers[handler] ?? [app]).includes(origin),
    isTelling: ({ handler, isGranted }) => handler !== undefined && isGranted,
    refuses: false,
  },
]

/** The program as this scene has it, in this process. */
export const startScene = (scene: PathScene, peer: string, elsewhere: string): Promise<Running> =>
  start({
    listen: '127.0.0.1:0',
    adminListen: 'off',
    logLevel: 'silent',
    allowOrigins: [app],
    ...scene.options(peer, elsewhere),
  })

/** Another upstream, which whoever has a route may not be led to. */
export async function startElsewhere() {
  const server = createServer((_, response) => {
    response.setHeader('X-Handler', 'elsewhere').end()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

const agent = new Agent({ keepAlive: true, maxSockets: 8 })

export function askPath(url: string, path: string, origin = app): Promise<Answer> {
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

/** Ends the connections that are kept for the next question. */
export const stopAsking = (): void => agent.destroy()

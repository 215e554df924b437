import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AccessRefusal, type Asker, refusePrivate, refuseRemote } from './access.js'
import { type Check, replyProbe } from './health.js'
import { createInspector, type InspectorContext } from './inspector.js'
import { reply, replyError, replyJson } from './reply.js'

/** A made-up request to judge, as the query of `/explain` gives it. */
export interface ExplainQuestion {
  readonly origin: string | undefined
  readonly method: string | undefined
  readonly headers: string | undefined
  readonly path: string | undefined
  readonly isUpgrade: boolean
}

/** Everything the admin port shows or does, handed down from above; asked anew each time. */
export interface AdminContext {
  version(): unknown
  adminToken(): string | undefined
  /** True once the proxy listens. */
  isStarted(): boolean
  isDraining(): boolean
  /** What readiness looks at besides; empty unless `readyCheckUpstream` is set. */
  readinessChecks(): Promise<readonly Check[]>
  metrics(): Promise<{ readonly contentType: string; readonly text: string }>
  /** The effective settings with secrets masked. */
  settings(): unknown
  explain(question: ExplainQuestion): unknown
  suggest(): unknown
  /** Undefined when `inspect` is off. */
  inspector(): InspectorContext | undefined
  isQuitAllowed(): boolean
  /** Begins the same shutdown as SIGTERM. */
  quit(): void
  /** Told what a handler threw: a bug, and never shown to the client. */
  failed(error: unknown): void
}

export interface Admin {
  /** Serves the endpoints; the caller lets it listen. */
  readonly server: Server
  /** Ends event streams and connections, so that the server can close. */
  close(): Promise<void>
}

interface Route {
  readonly method: 'GET' | 'POST'
  /** `open` to anyone, `private` to this machine and the token, `local` to this machine alone. */
  readonly access: 'open' | 'private' | 'local'
  answer(request: AdminRequest): void | Promise<void>
}

interface AdminRequest {
  readonly path: string
  readonly query: URLSearchParams
  readonly response: ServerResponse
}

/** The admin listener: probes, metrics, settings, inspector. Shares no port with the proxy. */
export function createAdmin(context: AdminContext): Admin {
  const inspectorContext = context.inspector()
  const inspector = inspectorContext && createInspector(inspectorContext)
  const routes = createRoutes(context)

  const routeFor = (path: string): Route | undefined => {
    if (path !== '/inspect' && !path.startsWith('/inspect/')) return routes.get(path)
    return (
      inspector && {
        method: 'GET',
        access: 'private',
        answer: ({ response }) => inspector.answer(path, response),
      }
    )
  }

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    // Nothing here takes a body; what comes is read past, so that the connection can go on.
    request.resume()
    const [path = '', query = ''] = (request.url ?? '').split('?', 2)
    const route = routeFor(path)
    if (route === undefined) {
      replyError(response, 404, 'not-found', 'The admin port has no such address.')
      return
    }
    const method = request.method === 'HEAD' ? 'GET' : request.method
    if (method !== route.method) {
      const message = `Use ${route.method}.`
      replyError(response, 405, 'method-not-allowed', message, { allow: route.method })
      return
    }
    const asker = { method, headers: request.headers, peer: request.socket.remoteAddress }
    const refusal = refuse(route, asker, context.adminToken())
    if (refusal !== undefined) {
      const challenge = refusal.status === 401 ? { 'www-authenticate': 'Bearer' } : {}
      replyError(response, refusal.status, refusal.reason, refusal.message, challenge)
      return
    }
    await route.answer({ path, query: new URLSearchParams(query), response })
  }

  const server = createServer(
    { headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 1000 },
    (request, response) => {
      answer(request, response).catch((error: unknown) => {
        context.failed(error)
        if (response.headersSent) response.destroy()
        else replyError(response, 500, 'internal', 'This failed. The log says why.')
      })
    },
  )
  server.maxConnections = 256

  return {
    server,
    close() {
      inspector?.close()
      return new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    },
  }
}

function refuse(
  route: Route,
  asker: Asker,
  adminToken: string | undefined,
): AccessRefusal | undefined {
  if (route.access === 'open') return undefined
  return route.access === 'local' ? refuseRemote(asker) : refusePrivate(asker, adminToken)
}

function createRoutes(context: AdminContext): Map<string, Route> {
  const started = (): Check => ({ name: 'started', isPassed: context.isStarted() })
  const notDraining = (): Check => ({ name: 'not draining', isPassed: !context.isDraining() })

  const probe = (
    name: string,
    checks: () => readonly Check[] | Promise<readonly Check[]>,
  ): Route => ({
    method: 'GET',
    access: 'open',
    answer: async ({ query, response }) =>
      replyProbe(response, name, await checks(), query.has('verbose')),
  })
  const json = (access: Route['access'], value: (query: URLSearchParams) => unknown): Route => ({
    method: 'GET',
    access,
    answer: async ({ query, response }) => replyJson(response, await value(query)),
  })

  return new Map<string, Route>([
    ['/livez', probe('livez', () => [])],
    ['/startupz', probe('startupz', () => [started()])],
    [
      '/readyz',
      probe('readyz', async () => {
        const own = [started(), notDraining()]
        return own.every(check => check.isPassed)
          ? [...own, ...(await context.readinessChecks())]
          : own
      }),
    ],
    ['/version', json('open', () => context.version())],
    ['/config', json('private', () => context.settings())],
    ['/suggest', json('private', () => context.suggest())],
    ['/explain', json('private', query => context.explain(questionOf(query)))],
    [
      '/metrics',
      {
        method: 'GET',
        access: 'open',
        answer: async ({ response }) => {
          const { contentType, text } = await context.metrics()
          reply(response, 200, contentType, text)
        },
      },
    ],
    [
      '/quitquitquit',
      {
        method: 'POST',
        access: 'local',
        answer: ({ response }) => {
          if (!context.isQuitAllowed()) {
            replyError(response, 404, 'not-enabled', 'Set quitquitquit to allow this.')
            return
          }
          replyJson(response, { status: 'draining' })
          context.quit()
        },
      },
    ],
  ])
}

function questionOf(query: URLSearchParams): ExplainQuestion {
  return {
    origin: query.get('origin') ?? undefined,
    method: query.get('method') ?? undefined,
    headers: query.get('headers') ?? undefined,
    path: query.get('path') ?? undefined,
    isUpgrade: query.has('upgrade'),
  }
}

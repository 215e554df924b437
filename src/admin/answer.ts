// From a request to its route: what is there, who may see it, and what the others are told.
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { type AccessRefusal, type Asker, refusePrivate, refuseRemote } from './access.js'
import type { Credentials } from './credentials.js'
import { replyMessagePage, replyRefusalPage, replySignIn, wantsPage } from './pages.js'
import { replyError } from './reply.js'
import type { AdminRoute } from './route.js'

interface Desk {
  readonly routes: readonly AdminRoute[]
  readonly credentials: Credentials
  hasToken(): boolean
}

type Answerer = (
  request: IncomingMessage,
  response: ServerResponse,
  peer: string | undefined,
) => Promise<void>

export function createAnswerer({ routes, credentials, hasToken }: Desk): Answerer {
  const refuse = (route: AdminRoute, asker: Asker): AccessRefusal | undefined => {
    if (route.access === 'open') return undefined
    return route.access === 'local'
      ? refuseRemote(asker)
      : refusePrivate(asker, credentials.proofOf(asker))
  }

  return async (request, response, peer) => {
    // Whatever follows a body or an offer to change the protocol is not read.
    if (hasBody(request) || request.headers.upgrade !== undefined)
      response.setHeader('connection', 'close')
    const [path = '', query = ''] = (request.url ?? '').split('?', 2)
    const { httpVersion } = request
    // Node takes the first of several Host lines, and others the last: all of them must be ours.
    const headers = { ...request.headers, host: request.headersDistinct.host?.join(', ') }
    const method = request.method === 'HEAD' ? 'GET' : request.method
    const asker = { method, httpVersion, headers, peer }
    const isPage = wantsPage(method, headers)

    const found = routesAt(routes, path)
    const route = found.find(candidate => candidate.method === method)
    if (route === undefined) {
      if (found.length > 0) replyWrongMethod(response, found)
      else replyNotFound(response, isPage)
      return
    }
    const off = route.off?.()
    if (off !== undefined) {
      if (isPage) replyMessagePage(response, 404, 'Off', off)
      else replyError(response, 404, 'not-enabled', off)
      return
    }
    const refusal = refuse(route, asker)
    if (refusal === undefined) {
      await route.answer({ path, query: new URLSearchParams(query), asker, request, response })
    } else if (!isPage) replyRefusal(response, refusal)
    else if (hasToken() && refusal.reason !== 'cross-site') replySignIn(response, 401)
    else replyRefusalPage(response, refusal)
  }
}

function routesAt(routes: readonly AdminRoute[], path: string): readonly AdminRoute[] {
  const exact = routes.filter(route => route.path === path)
  if (exact.length > 0) return exact
  return routes.filter(
    route => route.path.endsWith('/*') && path.startsWith(route.path.slice(0, -1)),
  )
}

function replyWrongMethod(response: ServerResponse, found: readonly AdminRoute[]): void {
  const allow = found.map(({ method }) => method).join(', ')
  replyError(response, 405, 'method-not-allowed', `Use ${allow}.`, { allow })
}

function replyNotFound(response: ServerResponse, isPage: boolean): void {
  const message = 'The admin port has no such page.'
  if (isPage) replyMessagePage(response, 404, 'Not found', message)
  else replyError(response, 404, 'not-found', `${message} GET / lists the pages.`)
}

function replyRefusal(response: ServerResponse, { status, reason, message }: AccessRefusal): void {
  replyError(response, status, reason, message, refusalHeaders[status])
}

const refusalHeaders: { readonly [Status in AccessRefusal['status']]: OutgoingHttpHeaders } = {
  401: { 'www-authenticate': 'Bearer' },
  403: {},
  429: { 'retry-after': '60' },
}

function hasBody({ headers }: IncomingMessage): boolean {
  const { 'content-length': length = '0', 'transfer-encoding': coding } = headers
  return length !== '0' || coding !== undefined
}

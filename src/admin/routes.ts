// What the admin port answers at which address, and to whom.

import { makerNamed, type Question } from '../policy/made-up-request.js'
import { variableName } from '../terms/option-names.js'
import type { AdminContext } from './context.js'
import type { Credentials } from './credentials.js'
import { type Check, replyProbe } from './health.js'
import type { Inspector } from './inspector.js'
import { replyIndex, wantsPage } from './pages.js'
import { reply, replyJson } from './reply.js'
import type { AdminRoute } from './route.js'
import { signInRoutes } from './sign-in.js'
import { inspectAdvice } from './way-in.js'

/** Everything the admin port has, in the order of its index. Where two could answer, the first does. */
export function createRoutes(
  context: AdminContext,
  credentials: Credentials,
  inspector: Inspector | undefined,
): readonly AdminRoute[] {
  const routes: AdminRoute[] = [
    get('/', 'open', undefined, ({ asker, response }) =>
      replyIndex(response, routes, wantsPage(asker.method, asker.headers)),
    ),
    ...inspectorRoutes(context, inspector),
    ...signInRoutes(credentials, () => Boolean(context.adminToken())),
    ...probeRoutes(context),
    get('/metrics', 'open', 'metrics for Prometheus', async ({ response }) => {
      const { contentType, text } = await context.metrics()
      reply(response, 200, contentType, text)
    }),
    json('/version', 'open', 'versions of the program and of Node.js', () => context.version()),
    ...questionRoutes(context),
    {
      method: 'POST',
      path: '/quitquitquit',
      access: 'local',
      says: 'stops the program',
      off: () =>
        context.isQuitAllowed() ? undefined : `Set ${variableName('quitquitquit')}=true.`,
      answer: ({ response }) => {
        replyJson(response, { status: 'draining' })
        context.quit()
      },
    },
  ]
  return routes
}

function get(
  path: string,
  access: AdminRoute['access'],
  says: string | undefined,
  answer: AdminRoute['answer'],
): AdminRoute {
  return { method: 'GET', path, access, ...(says === undefined ? {} : { says }), answer }
}

function json(
  path: string,
  access: AdminRoute['access'],
  says: string | undefined,
  value: (query: URLSearchParams) => unknown,
): AdminRoute {
  return get(path, access, says, async ({ query, response }) =>
    replyJson(response, await value(query)),
  )
}

function inspectorRoutes(context: AdminContext, inspector: Inspector | undefined): AdminRoute[] {
  const off = () => (inspector ? undefined : howToInspect(context))
  const says = 'the inspector: why each request was allowed or refused'
  const answer: AdminRoute['answer'] = ({ path, response }) => inspector?.answer(path, response)
  const post = (path: string, answer: AdminRoute['answer']): AdminRoute => ({
    method: 'POST',
    path,
    access: 'private',
    off,
    answer,
  })
  return [
    { ...get('/inspect', 'private', says, answer), off },
    // Of what lies below it, the questions come first: browsers that signed in send their cookie here only.
    ...questionRoutes(context, '/inspect'),
    post('/inspect/replay', ({ request, response }) => inspector?.replay(request, response)),
    post('/inspect/why', ({ request, response }) => inspector?.why(request, response)),
    { ...get('/inspect/*', 'private', undefined, answer), off },
  ]
}

function howToInspect(context: AdminContext): string {
  return context.adminToken()
    ? inspectAdvice
    : `${inspectAdvice} To open it from outside this machine or container, set ${variableName('adminToken')}, too.`
}

function probeRoutes(context: AdminContext): AdminRoute[] {
  const started = (): Check => ({ name: 'started', isPassed: context.isStarted() })
  const notDraining = (): Check => ({ name: 'not draining', isPassed: !context.isDraining() })
  const probe = (name: string, says: string, checks: () => readonly Check[] | Promise<Check[]>) =>
    get(`/${name}`, 'open', says, async ({ query, response }) =>
      replyProbe(response, name, await checks(), query.has('verbose')),
    )
  return [
    probe('livez', '200 while the process serves', () => []),
    probe('startupz', '200 once it listens', () => [started()]),
    probe('readyz', '200 while it listens and does not drain', async () => {
      const own = [started(), notDraining()]
      return own.every(check => check.isPassed)
        ? [...own, ...(await context.readinessChecks())]
        : own
    }),
  ]
}

/** In the index they stand once, without `below`. */
function questionRoutes(context: AdminContext, below = ''): AdminRoute[] {
  const question = (path: string, says: string, value: (query: URLSearchParams) => unknown) =>
    json(below + path, 'private', below === '' ? says : undefined, value)
  return [
    question('/config', 'every setting and its source, secrets masked', () => context.settings()),
    question(
      '/explain',
      'judges a made-up request: ?origin=…&method=…&headers=…&path=…&as=…',
      query => context.explain(questionOf(query)),
    ),
    question('/suggest', 'the smallest policy that fits the traffic so far', () =>
      context.suggest(),
    ),
  ]
}

function questionOf(query: URLSearchParams): Question {
  return {
    origin: query.get('origin') ?? undefined,
    method: query.get('method') ?? undefined,
    headers: query.get('headers') ?? undefined,
    path: query.get('path') ?? undefined,
    isUpgrade: query.has('upgrade'),
    as: makerNamed(query.get('as') ?? ''),
  }
}

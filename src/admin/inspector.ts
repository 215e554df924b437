import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RecentExchanges } from '../observe/recent-exchanges.js'
import { createEventStreams } from './event-stream.js'
import { createPageFiles } from './page-files.js'
import { readBody } from './read-body.js'
import { reply, replyError, replyJson } from './reply.js'

/** What the inspector shows, handed down from above. */
export interface InspectorContext {
  /** Where the bundled page lies. */
  readonly directory: string
  readonly recent: Pick<RecentExchanges<unknown>, 'list' | 'find' | 'subscribe'>
  /** What the page wants to know of this process. */
  about(): unknown
  /** Sends what was kept under this key once more; undefined when it is gone. */
  replay(key: string): Promise<ReplayAnswer | undefined>
  /** What a text that was copied from a browser or a terminal says of its cause. */
  why(text: string): Promise<unknown>
  /** Origins the playground sends its requests to, as sources of a Content-Security-Policy. */
  connectSources(): readonly string[]
}

/** What came of it: the id and status of the new exchange, or why there is none. */
export type ReplayAnswer =
  | { readonly id: string; readonly status: number }
  | { readonly problem: string }

export interface Inspector {
  /** Answers `/inspect` and what lies below it. */
  answer(path: string, response: ServerResponse): Promise<void>
  /** Answers `POST /inspect/replay`. */
  replay(request: IncomingMessage, response: ServerResponse): Promise<void>
  /** Answers `POST /inspect/why`. */
  why(request: IncomingMessage, response: ServerResponse): Promise<void>
  close(): void
}

const pages: Record<string, string> = {
  '/inspect': 'inspector.html',
  '/inspect/': 'inspector.html',
  '/inspect/playground': 'playground.html',
  '/inspect/guide': 'guide.html',
}
/** Nobody copies more lines out of a console; an archive is read by the command. */
const mostCopied = 65_536
const exchangePrefix = '/inspect/exchanges/'

export function createInspector(context: InspectorContext): Inspector {
  const pageFile = createPageFiles(context.directory)
  const streams = createEventStreams(context.recent.subscribe)

  const answerFile = async (path: string, response: ServerResponse) => {
    const file = await pageFile(pages[path] ?? path.slice('/inspect/'.length))
    if (file === undefined) {
      replyError(response, 404, 'not-found', 'The inspector has no such page.')
      return
    }
    reply(response, 200, file.contentType, file.body, {
      'content-security-policy': contentSecurityPolicy(context.connectSources()),
    })
  }

  return {
    async answer(path, response) {
      if (path === '/inspect/about') replyJson(response, context.about())
      else if (path === '/inspect/exchanges') {
        replyJson(response, { exchanges: context.recent.list() })
      } else if (path.startsWith(exchangePrefix)) {
        const exchange = context.recent.find(path.slice(exchangePrefix.length))
        if (exchange !== undefined) replyJson(response, exchange)
        else replyError(response, 404, 'not-found', 'That exchange is no longer kept.')
      } else if (path === '/inspect/events') {
        if (!streams.add(response)) {
          replyError(
            response,
            503,
            'too-many-streams',
            'Too many inspectors are open. Close another one first.',
          )
        }
      } else await answerFile(path, response)
    },
    async replay(request, response) {
      const key = keyIn(await readBody(request))
      const answer = key === undefined ? undefined : await context.replay(key)
      if (answer === undefined) {
        replyError(response, 404, 'not-found', 'That exchange is no longer kept.')
      } else if ('problem' in answer) replyError(response, 502, 'not-replayed', answer.problem)
      else replyJson(response, answer)
    },
    async why(request, response) {
      const text = await readBody(request, mostCopied)
      if (text !== undefined) replyJson(response, await context.why(text))
      else {
        const message = `It is longer than ${mostCopied} characters. Give a file to cors-sidecar why --har.`
        replyError(response, 413, 'body-too-large', message)
      }
    },
    close: streams.close,
  }
}

function keyIn(body: string | undefined): string | undefined {
  return body && /^\s*\{\s*"key"\s*:\s*"([\w-]{1,64})"\s*\}\s*$/u.exec(body)?.[1]
}

/** Own files only, nothing inline, no frame around it; requests also to the playground's aims. */
function contentSecurityPolicy(connectSources: readonly string[]): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    `connect-src ${["'self'", ...connectSources].join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

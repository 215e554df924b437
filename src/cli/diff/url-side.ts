// A side that is a server: it is asked, as a browser would ask it.
import type { Asker } from '../doctor/ask.js'
import { remembering } from '../doctor/ask.js'
import { outcomeOf } from './outcome.js'
import type { DiffQuestion, Side } from './question.js'

export function urlSide(url: URL, asker: Asker): Side {
  const ask = remembering(asker.ask)
  return {
    title: url.href,
    words: { origins: [], methods: [], headers: [], exposed: [], paths: [] },
    kindOfPath: path => path,
    kindOf: origin => origin,
    async answer(question) {
      const answer = await ask({
        url: at(url, question.path),
        method: question.method,
        headers: headersOf(question),
      })
      const { origin, preflight } = question
      const outcome = outcomeOf(origin === undefined ? { failure: '' } : answer, {
        origin: origin ?? '',
        preflight,
      })
      const isGone = 'failure' in answer
      return { ...outcome, blocked: preflight === undefined && !isGone && answer.status === 403 }
    },
  }
}

/** Names of the header fields with which a server answers, or why it does not. */
export async function responseNames(
  url: URL,
  asker: Asker,
): Promise<readonly string[] | { readonly failure: string }> {
  const answer = await asker.ask({ url, method: 'GET', headers: {} })
  return 'failure' in answer ? answer : [...answer.headers.keys()]
}

// A path of a question is one of the server, whatever stands in front of it there.
const at = (url: URL, path: string): URL =>
  path === '/' ? url : new URL(`${url.pathname.replace(/\/$/u, '')}${path}`, url)

function headersOf({ origin, preflight }: DiffQuestion): Record<string, string> {
  return {
    ...(origin === undefined ? {} : { origin }),
    ...(preflight === undefined ? {} : { 'access-control-request-method': preflight.method }),
    ...(preflight === undefined || preflight.names.length === 0
      ? {}
      : { 'access-control-request-headers': preflight.names.join(',') }),
  }
}

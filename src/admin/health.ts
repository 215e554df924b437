import type { ServerResponse } from 'node:http'
import { replyText } from './reply.js'

/** One thing a probe looked at. `name` is shown to anyone, so it holds no address. */
export interface Check {
  readonly name: string
  readonly isPassed: boolean
  /** Why not, in a word that holds no address either. */
  readonly reason?: string | undefined
}

/** Answers a probe the way Kubernetes' own components do: `ok`, or the list with `?verbose`. */
export function replyProbe(
  response: ServerResponse,
  probe: string,
  checks: readonly Check[],
  isVerbose: boolean,
): void {
  const isPassed = checks.every(check => check.isPassed)
  const verdict = isPassed ? 'ok' : 'failed'
  const lines = checks.map(({ name, isPassed, reason }) => {
    return `${isPassed ? '[+]' : '[-]'}${name}${reason === undefined ? '' : `: ${reason}`}`
  })
  const text = isVerbose || !isPassed ? [...lines, `${probe} check ${verdict}`].join('\n') : 'ok'
  replyText(response, isPassed ? 200 : 503, text)
}

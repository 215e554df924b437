import type { Explanation } from '../../src/observe/explanation.js'
import { type PageRequest, pageRequests } from '../model/page-requests.js'
import { readExchanges, readExplanation } from './api.js'

/** `no socket` is no verdict: the sidecar let the upgrade through, and the upstream has none. */
export type Verdict = 'readable' | 'blocked' | 'opened' | 'no socket'

export interface Outcome {
  readonly predicted: Verdict
  readonly seen: Verdict
  /** The policy's reason in a sentence. */
  readonly why: string
  /** What the answer was, where it could be read. */
  readonly detail: string
}

export interface Experiment {
  readonly name: string
  readonly does: string
  run(target: string): Promise<Outcome>
}

const waitAtMostMs = 5000

/** The kinds of request a page can make that CORS treats differently. */
export const experiments: readonly Experiment[] = [
  ...pageRequests.map(fetching),
  {
    name: 'EventSource',
    does: 'A stream of events: no preflight, but the same rules for reading.',
    async run(target) {
      const asked = predict({ target })
      const events = new EventSource(target)
      const opened = await firstOf(events, 'open', 'error')
      events.close()
      if (opened) return { ...(await asked), seen: 'readable', detail: 'The stream opened.' }
      // An answer of another type is an error here too; whether it can be read tells them apart.
      return { ...(await asked), ...(await tryFetch(target, { headers: {} })) }
    },
  },
  {
    name: 'WebSocket',
    does: 'An upgrade: browsers do not check it, so the sidecar does.',
    async run(target) {
      const { predicted, why } = await predict({ target, upgrade: true })
      const socket = new WebSocket(target.replace(/^http/u, 'ws'))
      const opened = await firstOf(socket, 'open', 'error')
      socket.close()
      return {
        predicted: predicted === 'readable' ? 'opened' : predicted,
        why,
        ...(opened ? { seen: 'opened', detail: '' } : await whyNotOpened(target)),
      }
    },
  },
]

// A page is told only that it failed; the sidecar knows whether it was the one who said no.
async function whyNotOpened(target: string): Promise<Pick<Outcome, 'seen' | 'detail'>> {
  const { pathname, search } = new URL(target)
  const exchanges = await readExchanges()
  const upgrade = exchanges.findLast(
    ({ decision, target: asked }) => decision.kind === 'upgrade' && asked === pathname + search,
  )
  return upgrade?.decision.action === 'forward'
    ? {
        seen: 'no socket',
        detail: `The upstream responded with ${upgrade.status}: it has no WebSocket there.`,
      }
    : { seen: 'blocked', detail: '' }
}

function fetching({ name, does, init }: PageRequest): Experiment {
  return {
    name,
    does,
    async run(target) {
      const { method = 'GET', headers = {}, credentials } = init
      const asked = predict({
        target,
        method,
        headers: Object.keys(headers).join(','),
        credentials: credentials === 'include',
      })
      return { ...(await asked), ...(await tryFetch(target, init)) }
    },
  }
}

interface Guess {
  readonly target: string
  readonly method?: string
  readonly headers?: string
  readonly credentials?: boolean
  readonly upgrade?: boolean
}

async function predict(guess: Guess): Promise<Outcome> {
  const { target, method = 'GET', headers = '', credentials = false, upgrade = false } = guess
  const { pathname, search } = new URL(target)
  const explanation = await readExplanation({
    origin: location.origin,
    method,
    headers,
    path: pathname + search,
    isUpgrade: upgrade,
  })
  const { verdict, sentence } = explanation.decision
  const granted = verdict === 'allowed' && (!credentials || allowsCredentials(explanation))
  return {
    predicted: granted ? 'readable' : 'blocked',
    seen: 'blocked',
    why: verdict === 'allowed' && !granted ? 'The policy does not allow credentials.' : sentence,
    detail: '',
  }
}

function allowsCredentials({ response }: Explanation): boolean {
  return response.headers.some(
    ([name, value]) =>
      name.toLowerCase() === 'access-control-allow-credentials' && value === 'true',
  )
}

async function tryFetch(
  target: string,
  init: RequestInit,
): Promise<Pick<Outcome, 'seen' | 'detail'>> {
  const signal = AbortSignal.timeout(waitAtMostMs)
  try {
    const response = await fetch(target, { ...init, signal, cache: 'no-store' })
    await response.body?.cancel()
    return { seen: 'readable', detail: `Status ${response.status}.` }
  } catch (error) {
    return { seen: 'blocked', detail: error instanceof Error ? error.message : '' }
  }
}

function firstOf(target: EventTarget, good: string, bad: string): Promise<boolean> {
  return new Promise(resolve => {
    target.addEventListener(good, () => resolve(true), { once: true })
    target.addEventListener(bad, () => resolve(false), { once: true })
    setTimeout(() => resolve(false), waitAtMostMs)
  })
}

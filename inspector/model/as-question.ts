import type { ExchangeView } from '../../src/observe/exchange-view.js'
import { headerOf } from './timeline.js'

/** A request to judge, as the form has it: every field is a text. */
export interface Question {
  readonly origin: string
  readonly method: string
  readonly headers: string
  readonly path: string
  readonly isUpgrade: boolean
}

/** What an exchange asked for, to be judged once more; a preflight asks for the request behind it. */
export function asQuestion(view: ExchangeView): Question {
  return {
    origin: view.decision.origin ?? '',
    method: headerOf(view, 'access-control-request-method') ?? view.method,
    headers: (headerOf(view, 'access-control-request-headers') ?? '').replaceAll(/,\s*/gu, ', '),
    path: view.target,
    isUpgrade: view.decision.kind === 'upgrade',
  }
}

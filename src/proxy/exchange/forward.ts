import type { Route } from '../message/route.js'
import type { ActiveExchange } from './active-exchange.js'
import { Admission, type AdmissionLimits, QUEUE_MS } from './admission.js'
import { fail, failInternally } from './failing.js'
import { Forwarding } from './forwarding.js'
import { askForHttp1, wayOf } from './login.js'

/** The door to the upstreams: what has a place is sent. */
export function createAdmission(
  limits: AdmissionLimits,
  onNearlyFull: (streams: number) => void,
): Admission<ActiveExchange> {
  return new Admission(limits, {
    onAdmitted(exchange, wasQueued) {
      const { record, wait } = exchange
      if (wasQueued) record.queuedMs = performance.now() - wait.began
      try {
        exchange.upstream?.start()
      } catch (error) {
        // Not thrown on: one from the queue begins while another ends, which must not fail with it.
        failInternally(exchange, error)
      }
    },
    onTurnedAway: exchange =>
      fail(exchange, 'overloaded', 'its client address had most of the queue'),
    onNearlyFull,
  })
}

/**
 * Forwards an exchange as soon as there is a place for it. A client that is to be told to send its
 * body waits for the responses to its earlier requests first: Node would put the 100, written
 * sooner, behind the head of the final response. So does one on a connection that logs in, where each
 * request needs what came of the one before.
 */
export function forward(exchange: ActiveExchange, route: Route): void {
  const { client, head } = exchange
  // Node ends the connection when the 100 was not sent; what is known early keeps others off it.
  if (head.expect !== undefined && !head.hasBody) client.endAfter()
  const way = wayOf(exchange, route)
  if (way.logsIn && client.version === 20) {
    askForHttp1(exchange)
    return
  }
  exchange.upstream = new Forwarding(exchange, route, way)
  if ((head.expect === undefined && !way.isOwn) || client.isItsTurn) {
    enter(exchange)
    return
  }
  client.onTurn(() => {
    if (client.isAnswered) return
    try {
      enter(exchange)
    } catch (error) {
      failInternally(exchange, error)
    }
  })
}

function enter(exchange: ActiveExchange): void {
  const { wait, state } = exchange
  if (!state.base.admission.enter(exchange)) {
    fail(exchange, 'overloaded', 'the limits of active and of waiting requests are reached')
  } else if (exchange.seat === 'queue') wait.forSlot(QUEUE_MS)
}

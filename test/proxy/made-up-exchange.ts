// An exchange without connections: all of it is real but its client, which takes what it is given.

import { EventEmitter } from 'node:events'
import { decide } from '../../src/policy/decide.js'
import { ActiveExchange } from '../../src/proxy/exchange/active-exchange.js'
import type { Door } from '../../src/proxy/exchange/admission.js'
import type { Client } from '../../src/proxy/exchange/client.js'
import type { ClientConnection } from '../../src/proxy/exchange/client-connections.js'
import type { ServingState } from '../../src/proxy/exchange/serving-state.js'
import { UpstreamPools } from '../../src/proxy/http1/pools.js'
import { RequestHead } from '../../src/proxy/message/request-head.js'
import { policy } from '../policy/shop.js'
import {
  headRules,
  type MadeUpRequest,
  madeUpMessage,
  madeUpRoute,
  upstreamRules,
} from './made-up-request.js'

/** A client that takes what it is given; `takes` says whether it is ready for more. */
export class MadeUpClient extends EventEmitter implements Client {
  readonly upgrade = undefined
  readonly method
  readonly target
  readonly rawHeaders
  readonly version
  readonly peerAddress
  readonly isEncrypted
  readonly hasUnsizedBody
  readonly trailers: readonly string[] = []
  hasSentAll = true
  isAnswered = false
  isEnded = false
  isFinished = false
  isLast = false
  isItsTurn = true
  hasLeft = false
  isCut = false
  status = 0
  takes: (piece: Buffer) => boolean = () => true

  constructor(made: MadeUpRequest = {}) {
    super()
    const message = madeUpMessage(made)
    this.method = message.method
    this.target = message.target
    this.rawHeaders = message.rawHeaders
    this.version = message.version
    this.peerAddress = message.peerAddress
    this.isEncrypted = message.isEncrypted
    this.hasUnsizedBody = message.hasUnsizedBody
  }

  readBody(onPiece: (piece: Buffer) => void, onEnd: () => void): void {
    this.on('piece', onPiece)
    this.on('end', onEnd)
  }

  pauseBody(): void {
    this.emit('pause')
  }

  resumeBody(): void {
    this.emit('resume')
  }

  dropBody(): void {
    this.removeAllListeners('piece')
  }

  freeing(): undefined {
    return undefined
  }

  sendContinue(): void {
    this.emit('continue')
  }

  onTurn(listener: () => void): void {
    this.once('turn', listener)
  }

  endAfter(): void {
    this.isLast = true
  }

  lingerAfter(): void {
    this.isLast = true
  }

  writeInterim(): void {
    this.emit('interim')
  }

  writeHead(status: number): void {
    this.status = status
    this.isAnswered = true
  }

  flushHead(): void {
    this.emit('flush')
  }

  write(piece: Buffer, sent: () => void): boolean {
    sent()
    return this.takes(piece)
  }

  onDrain(listener: () => void): void {
    this.once('drain', listener)
  }

  endWith(): void {
    this.end()
  }

  end(): void {
    this.isEnded = true
    this.isFinished = true
  }

  writeTrailers(): void {
    this.emit('trailers')
  }

  onClosed(listener: (isWhole: boolean) => void): void {
    this.once('closed', listener)
  }

  askForHttp1(): void {
    this.isCut = true
  }

  cut(): void {
    this.isCut = true
  }

  handedOver(): number {
    return 0
  }

  inode(): number {
    return 0
  }

  progress(taken: number): number {
    return taken
  }
}

/** What a made-up exchange is served by; errors of ours are collected. */
export function madeUpState(admission: Door, errors: unknown[] = []): ServingState {
  const ignore = () => undefined
  return {
    rules: {
      ...headRules,
      ...upstreamRules,
      rewriteLocation: true,
      cookieRewrite: 'off',
      cookiePath: 'map',
      setResponseHeaders: [],
      dropsResponseField: () => false,
      reading: { maxHeadSize: 65_536, isStrict: false },
      websockets: true,
      connectTimeout: 0,
      upstreamTimeout: 0,
      upstreamIdleTimeout: 0,
      upgradeIdleTimeout: 0,
      requestIdleTimeout: 0,
      responseIdleTimeout: 0,
      retries: true,
      isContainer: false,
      debugHeaders: false,
    },
    policies: policy(),
    routes: [madeUpRoute()],
    base: {
      pools: new UpstreamPools(),
      admission,
      events: {
        onBegun: ignore,
        record: ignore,
        onInternalError: error => errors.push(error),
        onUpstreamRepaired: ignore,
        onLoginByConnection: ignore,
        onUpgradeOpened: ignore,
        onUpgradeClosed: ignore,
      },
    },
  }
}

const openDoor: Door = {
  enter: () => true,
  answered: () => undefined,
  upgraded: () => undefined,
  leave: () => undefined,
}

export function madeUpExchange(
  id = '1',
  client = new MadeUpClient(),
  state = madeUpState(openDoor),
): ActiveExchange {
  const head = new RequestHead(client, state.rules)
  const connection: ClientConnection<ActiveExchange> = {
    exchanges: [],
    pipelined: [],
    place: 0,
    requests: 0,
    places: 0,
    isClosing: false,
    own: undefined,
    whenIdle: undefined,
  }
  return new ActiveExchange(id, head, decide(state.policies, head), client, connection, state)
}

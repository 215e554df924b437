import { type IncomingMessage, ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { listsName } from '../../terms/field-names.js'
import { dispositionFirst } from '../message/disposition-first.js'
import { headText } from '../message/head-text.js'
import { freeing } from '../tuning/free-memory.js'
import type { Client, UpgradeClient } from './client.js'
import { lingerOnClose } from './lingering-close.js'
import { handedOver, inodeOf } from './socket-handle.js'
import { keepEarlyBytes } from './upgrade-client.js'

/** A client over HTTP/1.0 or 1.1, through the request and response of Node's server. */
export class Http1Client implements Client {
  readonly upgrade: UpgradeClient | undefined
  isAnswered = false
  private readonly req: IncomingMessage
  private readonly res: ServerResponse

  constructor(req: IncomingMessage, res: ServerResponse, upgrade?: UpgradeClient) {
    this.req = req
    this.res = res
    this.upgrade = upgrade
  }

  /**
   * For a connection that Node has let go of. A refused upgrade is answered like any request; then
   * `readOn` is called with what came behind it.
   */
  static ofUpgrade(
    req: IncomingMessage,
    socket: Socket,
    head: Buffer,
    readOn: (behind: Buffer) => void,
  ): Http1Client {
    const res = new ServerResponse(req)
    if (req.method === 'CONNECT' || listsName(req.headers.connection ?? '', 'close')) {
      res.shouldKeepAlive = false
    }
    res.assignSocket(socket)
    socket.on('drain', () => res.emit('drain'))
    const upgrade = keepEarlyBytes(socket, head, () => res.detachSocket(socket))
    res.on('finish', () => {
      if (!res.shouldKeepAlive || upgrade.hasEnded) {
        socket.destroySoon()
        return
      }
      upgrade.letGo()
      readOn(Buffer.concat(upgrade.early))
    })
    return new Http1Client(req, res, upgrade)
  }

  get method(): string {
    return this.req.method ?? 'GET'
  }

  get target(): string {
    return this.req.url ?? '/'
  }

  get rawHeaders(): readonly string[] {
    return this.req.rawHeaders
  }

  get version(): 0 | 10 | 11 {
    const { httpVersionMajor, httpVersionMinor } = this.req
    if (httpVersionMajor !== 1 || httpVersionMinor > 1) return 0
    return httpVersionMinor === 0 ? 10 : 11
  }

  get peerAddress(): string | undefined {
    return this.req.socket.remoteAddress
  }

  get isEncrypted(): boolean {
    // Read and not looked for with `in`, which walks all prototypes.
    const socket: Socket & { readonly encrypted?: boolean } = this.req.socket
    return socket.encrypted === true
  }

  get hasUnsizedBody(): boolean {
    return false
  }

  get hasSentAll(): boolean {
    return this.req.complete
  }

  get trailers(): readonly string[] {
    return this.req.rawTrailers
  }

  readBody(onPiece: (piece: Buffer) => void, onEnd: () => void): void {
    this.req.on('data', onPiece)
    this.req.on('end', onEnd)
  }

  pauseBody(): void {
    this.req.pause()
  }

  resumeBody(): void {
    this.req.resume()
  }

  dropBody(): void {
    this.req.removeAllListeners('data')
    this.req.resume()
  }

  /** Each piece is a copy of its own. */
  freeing(piece: Buffer): (() => void) | undefined {
    return freeing(piece)
  }

  sendContinue(): void {
    if (this.version === 11) this.res.writeContinue()
  }

  get isEnded(): boolean {
    return this.res.writableEnded || this.res.destroyed
  }

  get isFinished(): boolean {
    return this.res.writableFinished
  }

  get isLast(): boolean {
    return !this.res.shouldKeepAlive
  }

  get isItsTurn(): boolean {
    return this.res.socket !== null
  }

  onTurn(listener: () => void): void {
    this.res.once('socket', listener)
  }

  endAfter(): void {
    if (!this.res.headersSent) this.res.shouldKeepAlive = false
  }

  lingerAfter(): void {
    this.endAfter()
    lingerOnClose(this.req.socket)
  }

  writeInterim(status: number, fields: readonly string[]): void {
    const { socket, headersSent } = this.res
    // Behind a response that is still being sent, or within one, it would be read as part of that.
    if (socket === null || headersSent) return
    socket.write(headText(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, fields), 'latin1')
  }

  writeHead(status: number, reason: string | undefined, fields: string[]): void {
    const phrase = reason ?? STATUS_CODES[status] ?? ''
    this.res.writeHead(status, phrase, dispositionFirst(fields))
    this.isAnswered = true
  }

  /** `flushHeaders` would write the head in UTF-8, and what old servers send in Latin-1 twice. */
  flushHead(): void {
    if (!this.isEnded) this.res.write('', 'latin1')
  }

  write(piece: Buffer, sent: () => void): boolean {
    return this.res.write(piece, sent)
  }

  onDrain(listener: () => void): void {
    this.res.once('drain', listener)
  }

  /**
   * As text of one byte a character, Node joins head and body. Put out while we hold the cork, they
   * leave in one plain write, and nothing is left for the end to write.
   */
  endWith(body: Buffer): void {
    const { res } = this
    const { socket } = res
    if (socket === null) {
      res.end(Buffer.from(body))
      return
    }
    socket.cork()
    res.write(body.toString('latin1'), 'latin1')
    socket.uncork()
    res.end()
  }

  end(): void {
    this.res.end()
  }

  writeTrailers(trailers: readonly (readonly [string, string])[]): void {
    if (!this.res.chunkedEncoding) return
    this.res.addTrailers(trailers.map(([name, value]): [string, string] => [name, value]))
  }

  onClosed(listener: (isWhole: boolean) => void): void {
    const { res } = this
    // Node itself listens for 'finish' here; one listener for each event is told faster than two.
    if (this.upgrade === undefined) res.on('close', () => listener(res.writableFinished))
    else res.on('finish', () => listener(true))
  }

  askForHttp1(): void {
    // It does already.
  }

  get hasLeft(): boolean {
    return false
  }

  /** In HTTP/1.0 only a reset tells a break: there a response ends where its connection ends. */
  cut(): void {
    const { socket } = this.req
    if (this.version === 10 && canReset(socket)) socket.resetAndDestroy()
    else socket.destroy()
  }

  handedOver(): number {
    return handedOver(this.req.socket)
  }

  inode(): number {
    return inodeOf(this.req.socket)
  }

  progress(takenOfConnection: number): number {
    return takenOfConnection
  }
}

/** Only TCP knows a reset: unix sockets have none, and TLS tells of the break in its own way. */
function canReset(socket: Socket): boolean {
  return socket.remoteAddress !== undefined && !('encrypted' in socket)
}

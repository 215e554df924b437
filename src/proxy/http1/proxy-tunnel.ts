// A connection to the upstream that an HTTP proxy makes for us.
// https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import type { OutboundProxy } from '../../terms/outbound-proxy.js'
import { fullAuthorityOf, type UpstreamAddress } from '../message/address.js'
import { credentialsFor, wantedForTunnel } from '../message/detour.js'
import { headText } from '../message/head-text.js'
import type { ResponseHead } from '../message/response-head.js'
import { detailOf, ProxyError } from './failure.js'
import { ResponseParser } from './parser.js'
import { surviveRefusedWrites } from './refused-writes.js'
import type { ReadingRules, ResponseSink } from './response-sink.js'

/** More than a proxy has to say to CONNECT. */
const reading: ReadingRules = { maxHeadSize: 65_536, isStrict: false }

/** What is written before it stands waits; that it does is told by `connect`, as a socket tells it. */
export class ProxyTunnel extends Duplex {
  private readonly socket: Socket
  private readonly parser = new ResponseParser()
  private isAtProxy = false
  private isOpen = false
  private hasEnded = false
  private first: (() => void) | undefined

  /** `socket` connects to the proxy. */
  constructor(socket: Socket, proxy: OutboundProxy, address: UpstreamAddress) {
    super({ allowHalfOpen: false })
    this.socket = socket
    socket.allowHalfOpen = true
    this.parser.begin('CONNECT', this.sink(), reading)
    const to = fullAuthorityOf(address)
    const fields = ['Host', to, ...credentialsFor(proxy)]
    socket.write(headText(`CONNECT ${to} HTTP/1.1`, fields), 'latin1')
    // What is refused here ends with the tunnel, once the answer has been read.
    surviveRefusedWrites(socket, () => undefined)
    socket.once('connect', () => {
      this.isAtProxy = true
    })
    socket.on('data', bytes => {
      if (!this.isOpen) this.parser.read(bytes)
      else if (!this.push(bytes)) socket.pause()
    })
    socket.on('end', () => {
      if (!this.isOpen) this.fail('it closed the connection')
      this.hasEnded = true
      this.push(null)
    })
    socket.on('error', error => {
      if (this.isOpen) this.destroy(error)
      else this.fail(detailOf(error))
    })
    socket.on('close', () => {
      if (!this.hasEnded) this.destroy()
    })
  }

  setKeepAlive(enable: boolean, delayMs: number): void {
    this.socket.setKeepAlive(enable, delayMs)
  }

  override _read(): void {
    this.socket.resume()
  }

  override _write(piece: Buffer, _: unknown, written: () => void): void {
    const write = () => this.socket.write(piece, () => written())
    if (this.isOpen) write()
    else this.first = write
  }

  override _final(ended: () => void): void {
    this.socket.end(ended)
  }

  override _destroy(error: Error | null, destroyed: (error: Error | null) => void): void {
    this.parser.stop()
    this.socket.destroy()
    destroyed(error)
  }

  private fail(detail: string): void {
    const failure = this.isAtProxy ? 'proxy-refused' : 'proxy-unreachable'
    this.destroy(new ProxyError(failure, detail))
  }

  private sink(): ResponseSink {
    const ignore = () => undefined
    return {
      onSwitch: (_, early) => {
        this.isOpen = true
        this.emit('connect')
        if (early.length > 0) this.push(early)
        this.first?.()
      },
      onHead: head => this.destroy(refusalOf(head)),
      onFault: detail => this.fail(detail),
      ...{ onRepair: ignore, onInterim: ignore, onBody: ignore, onEnd: ignore },
    }
  }
}

function refusalOf(head: ResponseHead): ProxyError {
  const wanted = wantedForTunnel(head)
  if (wanted !== undefined) return new ProxyError('proxy-credentials', wanted)
  const said = `${head.status} ${head.reason}`.trimEnd()
  return new ProxyError('proxy-refused', `it answered CONNECT with ${said}`)
}

import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import { isName } from '../../terms/field-names.js'
import { eachField } from '../../terms/fields.js'
import { headText } from '../message/head-text.js'

/** The event by which a server takes a connection. */
export type Arrival = 'connection' | 'secureConnection'

/** Gives a connection back to the server that let go of it for an upgrade, with bytes to read first. */
export function giveBack(server: Server, arrival: Arrival, socket: Socket, bytes: Buffer): void {
  if (socket.destroyed) return
  // What is put back while it flows would lie there until more comes.
  socket.pause()
  if (bytes.length > 0) socket.unshift(bytes)
  server.emit(arrival, socket)
  socket.resume()
}

/** The bytes of a request that asks for no upgrade any more; `behind` came behind its head. */
export function plainRequest(req: IncomingMessage, behind: Buffer): Buffer {
  const { method, url, httpVersion, rawHeaders } = req
  const fields: string[] = []
  eachField(rawHeaders, (name, value) => {
    if (!isName(name, 'connection')) fields.push(name, value)
    else fields.push(name, value.split(',').filter(isNoUpgrade).join(','))
  })
  const head = headText(`${method} ${url} HTTP/${httpVersion}`, fields)
  return Buffer.concat([Buffer.from(head, 'latin1'), behind])
}

function isNoUpgrade(option: string): boolean {
  return option.trim().toLowerCase() !== 'upgrade'
}

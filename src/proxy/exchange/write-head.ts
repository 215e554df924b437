import type { ServerResponse } from 'node:http'
import { isHttp2 } from '../message/http2-request.js'

/**
 * Hands a response head to Node with case, order and repeats kept. An HTTP/2 response keeps fields
 * by name, so repeats are collected there; fields that HTTP/2 forbids are left out.
 */
export function writeHead(
  res: ServerResponse,
  status: number,
  reason: string | undefined,
  fields: readonly string[],
): void {
  if (isHttp2(res.req)) {
    writeHttp2Head(res, status, fields)
    return
  }
  if (reason === undefined) res.writeHead(status, fields as string[])
  else res.writeHead(status, reason, fields as string[])
}

function writeHttp2Head(res: ServerResponse, status: number, fields: readonly string[]): void {
  const byName = new Map<string, string[]>()
  for (let at = 0; at + 1 < fields.length; at += 2) {
    collect(byName, fields[at] as string, fields[at + 1] as string)
  }
  for (const [name, values] of byName) {
    res.setHeader(name, values.length === 1 ? (values[0] as string) : values)
  }
  res.writeHead(status)
}

function collect(byName: Map<string, string[]>, spelling: string, value: string): void {
  const name = spelling.toLowerCase()
  if (name === 'connection' || name === 'transfer-encoding' || name === 'keep-alive') return
  const values = byName.get(name)
  if (values === undefined) byName.set(name, [value])
  else values.push(value)
}

/** Adds trailers to a response that can carry them: one in chunks, or any in HTTP/2. */
export function writeTrailers(
  res: ServerResponse,
  trailers: readonly (readonly [string, string])[],
): void {
  if (isHttp2(res.req)) {
    const byName = new Map<string, string[]>()
    for (const [name, value] of trailers) collect(byName, name, value)
    res.addTrailers(Object.fromEntries(byName))
  } else if (res.chunkedEncoding) res.addTrailers(trailers as [string, string][])
}

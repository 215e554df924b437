import type { ServerResponse } from 'node:http'
import { isHttp2 } from './http2-request.js'

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
    const name = (fields[at] as string).toLowerCase()
    if (name === 'connection' || name === 'transfer-encoding' || name === 'keep-alive') continue
    const values = byName.get(name)
    if (values === undefined) byName.set(name, [fields[at + 1] as string])
    else values.push(fields[at + 1] as string)
  }
  for (const [name, values] of byName) {
    res.setHeader(name, values.length === 1 ? (values[0] as string) : values)
  }
  res.writeHead(status)
}

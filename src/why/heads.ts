// Heads of responses, as `curl -i` and `curl -v` print them.

import type { Answer } from './answer.js'
import type { Asked } from './asked.js'

export interface Head {
  readonly answer: Extract<Answer, { status: number }>
  /** What was asked, where that was printed too. */
  readonly asked: Asked | undefined
}

export interface ReadHeads {
  readonly heads: readonly Head[]
  readonly rest: string
}

const statusLine = /^(?:< )?HTTP\/[\d.]+ (\d{3})\b/
const requestLine = /^> ([A-Z]+) (\S+) HTTP\//
const field = /^([<>] )?([!#$%&'*+.^_`|~\w-]+):[ \t]*(.*)$/

/** Takes the heads out of a text. */
export function readHeads(text: string): ReadHeads {
  const heads: { status: number; headers: Map<string, string[]>; asked: Asked | undefined }[] = []
  const rest: string[] = []
  let request: { method: string; target: string; headers: Map<string, string> } | undefined
  let isInside = false
  for (const line of text.split(/\r?\n/)) {
    const status = statusLine.exec(line)?.[1]
    const [, method, target] = requestLine.exec(line) ?? []
    const [, direction, name, value = ''] = field.exec(line) ?? []
    if (method !== undefined && target !== undefined) {
      request = { method, target, headers: new Map() }
      isInside = true
    } else if (status !== undefined) {
      isInside = true
      heads.push({ status: Number(status), headers: new Map(), asked: askedBy(request) })
    } else if (isInside && name !== undefined) {
      const lower = name.toLowerCase()
      const head = heads.at(-1)
      if (direction === '> ') request?.headers.set(lower, value)
      else head?.headers.set(lower, [...(head.headers.get(lower) ?? []), value])
    } else if (/^[<>]?\s*$/.test(line) && isInside) isInside = false
    else if (!/^[*{}] /.test(line) || /error|failed|refused|resolve/i.test(line)) rest.push(line)
  }
  return {
    // Interim responses and the answer of a proxy to CONNECT come before the one that counts.
    heads: heads
      .filter(
        ({ status, headers }, at) => status >= 200 && (headers.size > 0 || at === heads.length - 1),
      )
      .map(({ status, headers, asked }) => ({ answer: { status, headers }, asked })),
    rest: rest.join('\n'),
  }
}

function askedBy(
  request: { method: string; target: string; headers: Map<string, string> } | undefined,
): Asked | undefined {
  if (request === undefined) return undefined
  const { method, target, headers } = request
  const address = `http://${headers.get('host') ?? ''}${target}`
  if (!URL.canParse(address)) return undefined
  return {
    url: address,
    origin: headers.get('origin'),
    method,
    headers,
    credentials: headers.has('cookie'),
    mode: undefined,
  }
}

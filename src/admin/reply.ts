import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'

/** On every reply of the admin port: nothing here is for caches, frames or other sites. */
const guards = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

export function reply(
  response: ServerResponse,
  status: number,
  contentType: string,
  body: string | Buffer,
  headers: OutgoingHttpHeaders = {},
): void {
  response.writeHead(status, {
    ...guards,
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    ...headers,
  })
  response.end(body)
}

export function replyText(response: ServerResponse, status: number, text: string): void {
  reply(response, status, 'text/plain; charset=utf-8', `${text}\n`)
}

export function replyJson(response: ServerResponse, value: unknown): void {
  reply(response, 200, 'application/json', `${JSON.stringify(value ?? null)}\n`)
}

export function replyError(
  response: ServerResponse,
  status: number,
  error: string,
  message: string,
  headers?: OutgoingHttpHeaders,
): void {
  const body = `${JSON.stringify({ error, message })}\n`
  reply(response, status, 'application/json', body, headers)
}

/** Sends a browser on after a form, with a cookie. */
export function redirect(
  response: ServerResponse,
  location: string,
  cookie: string | undefined,
): void {
  const headers = cookie === undefined ? { location } : { location, 'set-cookie': cookie }
  reply(response, 303, 'text/plain; charset=utf-8', '', headers)
}

/** Begins an event stream: the head goes out at once, so that the page knows it is connected. */
export function beginEvents(response: ServerResponse): void {
  response.writeHead(200, { ...guards, 'content-type': 'text/event-stream' })
  response.flushHeaders()
}

// What real front ends send, in a real browser, with nothing but `cors-sidecar URL -o ORIGIN`: every call
// reaches the API as it was made, and the page reads what it came for.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { launchChromium, openPage, serveBlankPages } from '../support/browser.js'
import { need } from '../support/need.js'
import { startSidecar } from '../support/sidecar-process.js'

const chromium = need('chromium')

type Fields = Readonly<Record<string, string>>

interface Call {
  readonly what: string
  readonly method?: string
  readonly path?: string
  /** What the page sets; each must reach the API as it is. */
  readonly headers?: Fields
  readonly body?: string
  readonly more?: RequestInit
  readonly status?: number
  /** What the page reads of the response, by name in lower case. */
  readonly reads?: Fields
}

const json = { 'content-type': 'application/json' }
const id = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

const calls: readonly Call[] = [
  {
    what: 'Sentry',
    headers: { 'sentry-trace': '0af7651916cd43dd-b7ad-1', baggage: 'sentry-release=1.0' },
  },
  { what: 'OpenTelemetry', headers: { traceparent: id, tracestate: 'vendor=1' } },
  { what: 'Datadog', headers: { 'x-datadog-trace-id': '1', 'x-datadog-origin': 'rum' } },
  { what: 'B3 of Zipkin', headers: { 'x-b3-traceid': '1', 'x-b3-spanid': '2', b3: '0' } },
  { what: 'Django', method: 'POST', headers: { 'X-CSRFToken': 'abc', ...json }, body: '{}' },
  {
    what: 'Rails',
    method: 'DELETE',
    headers: { 'X-CSRF-Token': 'abc', 'X-Requested-With': 'XMLHttpRequest' },
  },
  { what: 'Laravel and Angular', method: 'PUT', headers: { 'X-XSRF-TOKEN': 'abc', ...json } },
  { what: 'ASP.NET', method: 'POST', headers: { RequestVerificationToken: 'abc' }, body: 'a=1' },
  { what: 'an API key', headers: { 'X-Api-Key': 'abc' } },
  { what: 'Azure API Management', headers: { 'Ocp-Apim-Subscription-Key': 'abc' } },
  { what: 'a bearer token', headers: { Authorization: 'Bearer abc' } },
  {
    what: 'a password',
    headers: { Authorization: 'Basic YTpi' },
    more: { credentials: 'include' },
  },
  {
    what: 'Apollo',
    method: 'POST',
    headers: { 'apollographql-client-name': 'shop', 'apollo-require-preflight': 'true', ...json },
    body: '{"query":"{a}"}',
  },
  { what: 'urql with @defer', headers: { accept: 'multipart/mixed, application/json', ...json } },
  {
    what: 'tRPC, a stream',
    path: '/stream',
    headers: { 'trpc-accept': 'application/jsonl', 'x-trpc-source': 'react' },
  },
  { what: 'Socket.IO with extraHeaders', method: 'POST', headers: { 'x-client': 'a' }, body: '40' },
  {
    what: 'gRPC-Web',
    method: 'POST',
    path: '/grpc',
    headers: {
      'content-type': 'application/grpc-web+proto',
      ...{ 'x-grpc-web': '1', 'x-user-agent': 'grpc-web-javascript/0.1', 'grpc-timeout': '5S' },
    },
    body: '\0\0\0\0\0',
    reads: { 'grpc-status': '0', 'grpc-message': 'fine' },
  },
  {
    what: 'Connect',
    method: 'POST',
    headers: { 'connect-protocol-version': '1', 'connect-timeout-ms': '5000', ...json },
    body: '{}',
  },
  {
    what: 'an MCP client',
    method: 'POST',
    headers: {
      'mcp-protocol-version': '2025-06-18',
      ...{ 'mcp-session-id': '17', accept: 'application/json, text/event-stream', ...json },
    },
    body: '{"jsonrpc":"2.0","id":1,"method":"ping"}',
    reads: { 'mcp-session-id': '17' },
  },
  {
    what: 'tus, the creation',
    method: 'POST',
    path: '/tus',
    headers: { 'tus-resumable': '1.0.0', 'upload-length': '5', 'upload-metadata': 'name YQ==' },
    status: 201,
    reads: { location: '/tus/1', 'tus-resumable': '1.0.0' },
  },
  {
    what: 'tus, a piece',
    method: 'PATCH',
    headers: {
      'tus-resumable': '1.0.0',
      ...{ 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' },
    },
    body: 'hello',
    reads: { 'upload-offset': '5' },
  },
  {
    what: 'S3, an upload',
    method: 'PUT',
    headers: { 'x-amz-acl': 'private', 'x-amz-date': '20260101T000000Z', 'content-md5': 'YQ==' },
    body: 'hello',
    reads: { etag: '"1"', 'x-amz-version-id': '7' },
  },
  {
    what: 'Azure Blob, an upload',
    method: 'PUT',
    headers: { 'x-ms-blob-type': 'BlockBlob', 'x-ms-version': '2024-01-01' },
    body: 'hello',
  },
  {
    what: 'Google Cloud, a resumed upload',
    method: 'PUT',
    headers: { 'content-range': 'bytes 0-4/5', 'x-goog-resumable': 'start' },
    body: 'hello',
  },
  { what: 'pages by Link', reads: { link: '</items?page=2>; rel="next"' } },
  { what: 'pages by number', reads: { 'x-total-count': '117', 'x-page': '1' } },
  {
    what: 'react-admin',
    headers: { range: 'items=0-9' },
    reads: { 'content-range': 'items 0-9/117' },
  },
  {
    what: 'the name of a download',
    reads: { 'content-disposition': 'attachment; filename="a.pdf"' },
  },
  { what: 'rate limits', reads: { 'ratelimit-remaining': '3', 'retry-after': '9' } },
  {
    what: 'an id for support',
    headers: { 'X-Request-Id': 'r1', 'X-Correlation-Id': 'c1' },
    reads: { 'x-request-id': 'r1' },
  },
  { what: 'QUERY', method: 'QUERY', headers: json, body: '{"a":1}' },
  {
    what: 'PATCH with a merge patch',
    method: 'PATCH',
    headers: { 'content-type': 'application/merge-patch+json', 'If-Match': '"1"' },
    body: '{}',
  },
  {
    what: 'a range',
    headers: { range: 'bytes=2-4' },
    path: '/range',
    status: 206,
    reads: { 'content-range': 'bytes 2-4/26' },
  },
  { what: 'what it has already', headers: { 'If-None-Match': '"1"' }, path: '/same', status: 304 },
  { what: 'no cache', headers: { 'Cache-Control': 'no-cache', Pragma: 'no-cache' } },
  {
    what: 'events by fetch',
    path: '/events',
    headers: { accept: 'text/event-stream', 'Last-Event-ID': '4' },
  },
  { what: 'keepalive', method: 'POST', headers: json, body: '{}', more: { keepalive: true } },
  { what: 'a payment', method: 'POST', headers: { 'Idempotency-Key': 'k1', ...json }, body: '{}' },
  {
    what: 'Supabase and PostgREST',
    headers: { apikey: 'k', 'x-client-info': 'js/2', prefer: 'count=exact', 'accept-profile': 'a' },
    reads: { 'preference-applied': 'count=exact' },
  },
  { what: 'Next.js', headers: { rsc: '1', 'next-router-state-tree': '%5B%5D' } },
  {
    what: 'htmx',
    headers: { 'HX-Request': 'true', 'HX-Target': 'a' },
    reads: { 'hx-trigger': 'b' },
  },
  { what: 'Inertia', headers: { 'X-Inertia': 'true', 'X-Inertia-Version': '1' } },
  { what: 'OData', headers: { 'OData-Version': '4.0', 'OData-MaxVersion': '4.01' } },
  { what: 'a tenant', headers: { 'X-Tenant': 'a', 'X-Timezone': 'Europe/Bern' } },
]

/** On every response of the API. */
const fields: Fields = {
  'Grpc-Status': '0',
  'Grpc-Message': 'fine',
  'Tus-Resumable': '1.0.0',
  'Upload-Offset': '5',
  ETag: '"1"',
  'X-Amz-Version-Id': '7',
  Link: '</items?page=2>; rel="next"',
  'X-Total-Count': '117',
  'X-Page': '1',
  'Content-Disposition': 'attachment; filename="a.pdf"',
  'RateLimit-Remaining': '3',
  'Retry-After': '9',
  'Preference-Applied': 'count=exact',
  'HX-Trigger': 'b',
  'Mcp-Session-Id': '17',
  'X-Request-Id': 'r1',
  'Set-Cookie': 'session=s1; HttpOnly',
}

/** Answers with what it was asked, in pieces where it should stream. */
async function api(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url ?? '/'
  const body = await text(request)
  const seen = JSON.stringify({ method: request.method, headers: request.headers, body })
  const status = { '/tus': 201, '/range': 206, '/same': 304 }[path] ?? 200
  const type = path === '/events' ? 'text/event-stream' : 'application/json'
  const range = path === '/range' ? 'bytes 2-4/26' : 'items 0-9/117'
  for (const [name, value] of Object.entries(fields)) response.setHeader(name, value)
  if (path === '/source') {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: hello\n\n')
    return
  }
  response.writeHead(status, { 'Content-Type': type, 'Content-Range': range, Location: '/tus/1' })
  if (status === 206) {
    response.end('cde')
    return
  }
  response.write(seen.slice(0, 9))
  setImmediate(() => response.end(seen.slice(9)))
}

t.setTimeout(120_000)

t.test('the calls of real front ends', { skip: chromium.skip }, async t => {
  t.setTimeout(120_000)
  const server = createServer((request, response) => void api(request, response))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const pages = await serveBlankPages()
  const origin = pages.origin('localhost')
  const sidecar = await startSidecar({
    upstream: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    flags: ['-o', origin],
    keepsHosts: true,
  })
  const browser = await launchChromium(chromium.path)
  t.teardown(async () => {
    await browser.close()
    await sidecar.stop()
    await pages.close()
    server.closeAllConnections()
    server.close()
  })
  const { page, console: said } = await openPage(browser, origin)
  const base = `http://localhost:${sidecar.port}`
  const answers = await page.evaluate(callAll, { base, calls })

  for (const [n, call] of calls.entries()) {
    t.test(call.what, async t => {
      const answer = answers[n]
      if (answer === undefined || typeof answer === 'string') {
        t.fail(`${answer}: ${said.join('\n')}`)
        return
      }
      t.equal(answer.status, call.status ?? 200)
      t.match(answer.headers, call.reads ?? {})
      if (answer.status === 206) t.equal(answer.text, 'cde')
      // What the API saw is its body, where it has one of its own.
      if (answer.status === 206 || answer.status === 304) return
      const seen = JSON.parse(answer.text)
      t.equal(seen.method, call.method ?? 'GET')
      t.equal(seen.body, call.body ?? '')
      for (const [name, value] of Object.entries(call.headers ?? {})) {
        t.equal(seen.headers[name.toLowerCase()], value, name)
      }
    })
  }
  t.test('a session, and an EventSource', async t => {
    const seen = await page.evaluate(withSession, base)
    t.match(seen, { cookie: 'session=s1', event: 'hello' })
  })
})

interface Answer {
  readonly status: number
  readonly headers: Fields
  readonly text: string
}

/** Runs in the page. */
function callAll({ base, calls }: { base: string; calls: readonly Call[] }) {
  const one = async (call: Call): Promise<Answer | string> => {
    const { method = 'GET', path = '/', headers = {}, body, more = {} } = call
    const init = { method, headers, ...(body === undefined ? {} : { body }), ...more }
    try {
      const response = await fetch(base + path, init)
      const shown = Object.fromEntries(response.headers)
      return { status: response.status, headers: shown, text: await response.text() }
    } catch (error) {
      return String(error)
    }
  }
  return Promise.all(calls.map(one))
}

/** Runs in the page. */
async function withSession(base: string) {
  await fetch(base, { credentials: 'include' })
  const again = await fetch(base, { method: 'POST', credentials: 'include', body: '' })
  const { cookie } = JSON.parse(await again.text()).headers
  const source = new EventSource(`${base}/source`, { withCredentials: true })
  const event = await new Promise(resolve => {
    source.onmessage = ({ data }) => resolve(data)
    source.onerror = () => resolve('an error')
  })
  source.close()
  return { cookie, event }
}

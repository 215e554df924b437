// Each way in which an upstream fails, provoked by a real one: banner, log and answer give the same reason
// and the same cure, and the client learns no address.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttp2Server, createSecureServer } from 'node:http2'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { failureRow, type UpstreamFailure } from '../../src/terms/upstream-failure.js'
import { ask } from '../support/ask.js'
import { type Certificate, createCertificate } from '../support/certificate.js'
import { canSeeHandshakes, startFullBacklog } from '../support/full-backlog.js'
import { killWithParent } from '../support/kill-with-parent.js'
import { need } from '../support/need.js'
import { preload, resolverCode } from '../support/preload.js'
import { programPath } from '../support/sidecar-process.js'

const openssl = need('openssl')
const script = need('script')
const skip = openssl.skip || script.skip || (canSeeHandshakes ? false : 'needs Linux')

async function portOf(t: Test, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  return (server.address() as AddressInfo).port
}

/** What a server does with each connection, once something has come on it. */
const tcp = (t: Test, serve: (socket: Socket) => void) =>
  portOf(
    t,
    createServer(socket => {
      t.teardown(() => socket.destroy())
      socket.on('error', () => undefined)
      socket.once('data', () => serve(socket))
    }),
  )

const says = (text: string) => (socket: Socket) => socket.end(text, 'latin1')

function expired(folder: string): string {
  const [key, request, cert] = ['k.pem', 'r.pem', 'c.pem'].map(name => join(folder, name))
  const run = (...args: (string | undefined)[]) =>
    execFileSync(openssl.path, args.map(String), { stdio: 'ignore' })
  run('req', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=x', '-keyout', key, '-out', request)
  run('x509', '-req', '-in', request, '-signkey', key, '-days', '-1', '-out', cert)
  return folder
}

async function tlsServers(t: Test, good: Certificate) {
  const { readFileSync } = await import('node:fs')
  const folder = expired(t.testdir({}))
  const old = {
    key: readFileSync(join(folder, 'k.pem')),
    cert: readFileSync(join(folder, 'c.pem')),
  }
  const unknown = createCertificate(openssl.path, ['DNS:localhost'])
  const other = createCertificate(openssl.path, ['DNS:other.test'])
  t.teardown(() => {
    unknown.remove()
    other.remove()
  })
  const serve = (options: object) =>
    portOf(
      t,
      createHttpsServer(options, (_, out) => out.end()),
    )
  const secureHttp2 = createSecureServer({ key: good.key, cert: good.cert })
  const ca = t.testdir({ 'ca.pem': [good.cert, other.cert, old.cert].join('\n') })
  return {
    ca: join(ca, 'ca.pem'),
    ports: {
      expired: await serve(old),
      unknown: await serve(unknown),
      other: await serve(other),
      demanding: await serve({ key: good.key, cert: good.cert, requestCert: true, ca: good.cert }),
      http2: await portOf(t, secureHttp2),
    },
  }
}

interface Shown {
  readonly port: number
  text(): string
  /** The first line with this in it, past or to come. */
  line(part: string): Promise<string>
}

/** The program on a terminal, its log as JSON. */
async function startOnTerminal(
  t: Test,
  args: readonly string[],
  nodeFlags: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<Shown> {
  const quoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`
  const words = [process.execPath, ...nodeFlags, programPath, ...args].map(quoted)
  const child = spawn(script.path, ['-qefc', words.join(' '), '/dev/null'], {
    cwd: '/',
    env: { PATH: process.env.PATH ?? '', NO_COLOR: '1', SHELL: '/bin/sh', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  killWithParent(child)
  t.teardown(async () => {
    if (child.exitCode !== null) return
    child.kill('SIGTERM')
    await once(child, 'close')
  })
  let text = ''
  let look = () => undefined as unknown
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece.replaceAll('\r', '')
    look()
  })
  const line = (part: string) =>
    new Promise<string>((resolve, reject) => {
      look = () => {
        const whole = text.split('\n').slice(0, -1)
        const found = whole.find(line => line.includes(part))
        if (found !== undefined) resolve(found)
      }
      look()
      child.once('close', () => reject(new Error(`it ended:\n${text}`)))
    })
  await line('Try it:')
  const port = Number(/Listening +http:\/\/localhost:(\d+)/.exec(text)?.[1])
  return { port, text: () => text, line }
}

const common = [
  ...['--listen', '127.0.0.1:0', '--admin-listen', 'off', '--log-format', 'json'],
  ...['-o', 'http://localhost:3000'],
]

async function sameEverywhere(t: Test, shown: Shown, path: string, failure: UpstreamFailure) {
  const { status, happened, cure } = failureRow(failure)
  const at = shown.text().split(`${path} -> `)[1] ?? shown.text().split('Upstream ')[1] ?? ''
  const [line = '', first, second] = at.split('\n').map(line => line.trim())
  t.match(line, `  ${failure}: requests get ${status}`, 'banner')
  t.strictSame([first, second], [happened, cure], 'below it')
  const answered = await ask(`http://127.0.0.1:${shown.port}${path}`)
  const body = JSON.parse(answered.body.toString())
  t.equal(answered.status, status)
  t.match(body, { error: failure, cure }, 'answer')
  t.ok(body.message.startsWith(happened), body.message)
  const told = answered.body.toString().replaceAll(body.id, '')
  t.notMatch(told, /127\.0\.0\.1|\d{4,5}[^-]|\.sock|E[A-Z]{4,}/, 'no address')
  const record = JSON.parse(await shown.line(`"id":"${body.id}"`))
  t.match(record, { event: 'upstream-error', failure, cure }, 'log')
  t.notMatch(record.detail, /deps\/openssl|:error:/, 'without the inner words of OpenSSL')
  return record.detail as string
}

t.test('every failure has one reason and one cure', { skip }, async t => {
  const good = createCertificate(openssl.path, ['DNS:localhost'])
  t.teardown(() => good.remove())
  const { ca, ports } = await tlsServers(t, good)
  const full = await startFullBacklog()
  t.teardown(() => full.close())
  const free = createServer()
  const unused = await portOf(t, free)
  free.close()
  const plain = await portOf(
    t,
    createHttpServer((_, out) => out.end()),
  )
  const http = (port: number) => `http://localhost:${port}`
  const https = (port: number) => `https://localhost:${port}`
  const head = 'HTTP/1.1 200 OK\r\n'
  const rows: readonly (readonly [UpstreamFailure, upstream: string, detail: RegExp])[] = [
    ['connect-refused', http(unused), /ECONNREFUSED/],
    ['socket-missing', 'unix:/tmp/not-there.sock', /ENOENT/],
    ['connect-timeout', `http://127.0.0.1:${full.port}`, /./],
    ['name-unknown', 'http://unknown.test', /ENOTFOUND/],
    ['dns', 'http://unanswered.test', /EAI_AGAIN/],
    ['certificate-untrusted', https(ports.unknown), /SELF_SIGNED/],
    ['certificate-name', https(ports.other), /other\.test/],
    ['certificate-expired', https(ports.expired), /EXPIRED/],
    ['certificate-wanted', https(ports.demanding), /certificate/],
    ['speaks-no-tls', https(plain), /./],
    ['speaks-tls', http(await tcp(t, says('\x15\x03\x01\0\x02\x02\x46'))), /TLS/],
    ['tls', https(await tcp(t, socket => socket.destroy())), /./],
    ['speaks-http2', https(ports.http2), /application protocol/],
    ['speaks-http2', http(await portOf(t, createHttp2Server())), /HTTP\/2/],
    ['speaks-no-http', http(await tcp(t, says('SSH-2.0-OpenSSH_9.2\r\n'))), /SSH/],
    ['speaks-no-http', http(await tcp(t, says("-ERR unknown command 'HEAD'\r\n"))), /Redis/],
    ['head-timeout', http(await tcp(t, () => undefined)), /./],
    ['closed', http(await tcp(t, socket => socket.end())), /./],
    ['reset', http(await tcp(t, socket => socket.resetAndDestroy())), /ECONNRESET/],
    [
      'head-too-long',
      http(await tcp(t, says(`${head}X: ${'x'.repeat(70_000)}\r\n\r\n`))),
      /too long/,
    ],
    ['invalid-response', http(await tcp(t, says(`${head}X : 1\r\n\r\n`))), /./],
    ['refused-repair', http(await tcp(t, says('HTTP/1.1 200 OK\n\n'))), /strictUpstream/],
  ]
  const resolver = resolverCode(`(hostname, callback) => {
    const code = hostname === "unknown.test" ? "ENOTFOUND" : "EAI_AGAIN"
    setImmediate(callback, Object.assign(new Error("no answer"), { code }))
  }`)
  const shown = await startOnTerminal(
    t,
    [
      http(plain),
      ...rows.flatMap(([, upstream], index) => ['--route', `/r${index}=${upstream}`]),
      ...['--upstream-ca', ca, '--strict-upstream'],
      ...['--connect-timeout', '300ms', '--upstream-timeout', '300ms', ...common],
    ],
    preload(resolver),
  )
  for (const [index, [failure, upstream, detail]] of rows.entries()) {
    await t.test(`${failure} of ${upstream.replace(/\d+/g, 'N')}`, async t => {
      t.match(await sameEverywhere(t, shown, `/r${index}`, failure), detail, 'the operator’s')
    })
  }
  t.match(shown.text(), `Upstream   ${http(plain)}  answers`, 'and of the one that is well')
})

t.test('a container is told that localhost is itself', { skip }, async t => {
  const free = createServer()
  const unused = await portOf(t, free)
  free.close()
  const image = { CORS_SIDECAR_IMAGE: 'true' }
  const args = [`http://localhost:${unused}`, ...common]
  await sameEverywhere(t, await startOnTerminal(t, args, [], image), '/', 'refused-in-container')
  const pod = { ...image, KUBERNETES_SERVICE_HOST: '10.0.0.1' }
  await sameEverywhere(t, await startOnTerminal(t, args, [], pod), '/', 'connect-refused')
})

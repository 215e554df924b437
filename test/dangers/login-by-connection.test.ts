// An upstream that logs in connections (NTLM, Negotiate): whoever's requests came next on one that
// alice had logged in were answered as hers. Each has a connection to itself, and so does nobody.

import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { connect, constants } from 'node:http2'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { createCertificate } from '../support/certificate.js'
import { startExpressNtlm, startLoginServer } from '../support/login-servers.js'
import { seededRandom } from '../support/mutated-streams.js'
import { need } from '../support/need.js'
import { openRawClient, type RawClient } from '../support/raw-client.js'
import { startSidecar } from '../support/sidecar-process.js'
import { type HttpMessage, headerOf, statusOf } from '../support/strict-http.js'

t.setTimeout(120_000)

const run = promisify(execFile)
const curl = need('curl')
const openssl = need('openssl')

const api = await startLoginServer()
t.teardown(() => api.close())

async function start(t: Test, ...flags: string[]) {
  const sidecar = await startSidecar({ upstream: api.url, flags })
  t.teardown(() => sidecar.stop())
  return { sidecar, visit: () => openVisitor(t, sidecar.port) }
}

const { sidecar } = await start(t)
const visit = (t: Test) => openVisitor(t, sidecar.port)

interface Visitor {
  readonly client: RawClient
  ask(target: string, fields?: readonly string[], body?: string): Promise<HttpMessage>
  /** NTLM, in its two steps. */
  logIn(user: string, body?: string, target?: string): Promise<HttpMessage>
}

async function openVisitor(t: Test, port: number): Promise<Visitor> {
  const client = await openRawClient({ port })
  t.teardown(() => client.destroy())
  let asked = 0
  const ask: Visitor['ask'] = (target, fields, body) => {
    client.write(requestText(target, fields, body))
    return client.response(asked++)
  }
  return {
    client,
    ask,
    async logIn(user, body, target = '/private') {
      const challenge = await ask(target, ['Authorization: NTLM hello'], body)
      const nonce = headerOf(challenge, 'www-authenticate')?.split(' ')[1]
      return ask(target, [`Authorization: NTLM ${user}.${nonce}`], body)
    },
  }
}

function requestText(target: string, fields: readonly string[] = [], body?: string): string {
  const lines = ['Host: a.test', ...fields]
  if (body !== undefined) lines.push(`Content-Length: ${body.length}`)
  const method = body === undefined ? 'GET' : 'POST'
  return `${method} ${target} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body ?? ''}`
}

const textOf = (message: HttpMessage) => message.body.toString()

t.test('curl logs two users in with NTLM, and nobody at once', { skip: curl.skip }, async t => {
  const express = await startExpressNtlm()
  const sidecar = await startSidecar({ upstream: express.url })
  t.teardown(async () => {
    await sidecar.stop()
    await express.close()
  })
  const file = join(t.testdir({}), 'upload')
  writeFileSync(file, 'x'.repeat(300_000))
  const ask = async (user: string | undefined, ...more: string[]) => {
    const login = user === undefined ? [] : ['--ntlm', '--user', `${user}:secret`]
    const url = `${sidecar.url}/`
    const { stdout } = await run(curl.path, ['-sS', ...login, ...more, url, url, url])
    return stdout
  }
  const upload = ['--upload-file', file, '--upload-file', file, '--upload-file', file]
  const form = ['--data-binary', `@${file}`]
  const asked = [
    ['alice', [], 'alice 0\n'],
    [undefined, [], ''],
    ['bob', [], 'bob 0\n'],
    ['alice', form, 'alice 300000\n'],
    [undefined, form, ''],
    ['bob', upload, 'bob 300000\n'],
  ] as const
  await Promise.all(
    asked.map(async ([user, more, wanted]) => {
      t.equal(await ask(user, ...more), wanted.repeat(3), `${user} ${more[0] ?? ''}`)
    }),
  )
  const told = sidecar.logs.filter(({ event }) => event === 'login-bound')
  t.equal(told.length, 1)
})

t.test('what a client has logged in is its own, until it leaves', async t => {
  const [alice, bob, nobody] = [await visit(t), await visit(t), await visit(t)]
  t.equal(textOf(await nobody.ask('/open')), 'nobody /open 0')
  t.equal(textOf(await alice.logIn('alice')), 'alice /private 0')
  t.equal(textOf(await nobody.ask('/open')), 'nobody /open 0')
  t.equal(statusOf(await nobody.ask('/private')), 401)
  t.equal(textOf(await bob.logIn('bob', 'body')), 'bob /private 4')
  for (let n = 0; n < 3; n++) {
    t.equal(textOf(await alice.ask('/open', [], 'body')), 'alice /open 4')
    t.equal(textOf(await bob.ask('/private')), 'bob /private 0')
    t.equal(textOf(await nobody.ask('/open')), 'nobody /open 0')
  }
  for (const { client } of [alice, bob, nobody]) client.destroy()
  await api.noneLoggedIn()
})

t.test('a log-in in one step is its own, too, by whichever name', async t => {
  for (const scheme of ['Negotiate', 'NEGOTIATE', 'negotiate', 'Kerberos', 'Nego2', 'CredSSP']) {
    const [alice, nobody] = [await visit(t), await visit(t)]
    const login = ['Authorization: Basic eA==', `authorization:${scheme} alice`]
    t.equal(textOf(await alice.ask('/open', login)), 'alice /open 0', scheme)
    t.equal(textOf(await nobody.ask('/open')), 'nobody /open 0')
    await alice.ask('/open', ['Authorization: Basic eA=='])
    t.equal(textOf(await nobody.ask('/open')), 'nobody /open 0')
  }
})

t.test('an upload is whole before the next step, also where the demand came first', async t => {
  const body = 'x'.repeat(400_000)
  const alice = await visit(t)
  t.equal(textOf(await alice.logIn('alice', body, '/private?hasty')), 'alice /private 400000')
  t.equal(textOf(await alice.ask('/open')), 'alice /open 0')
  // Without a step, nothing is lost by an end.
  const nobody = await visit(t)
  t.equal(statusOf(await nobody.ask('/private?hasty', [], body)), 401)
})

t.test('pipelined requests stay in their order, on that connection', async t => {
  const alice = await visit(t)
  await alice.logIn('alice')
  alice.client.write([1, 2, 3, 4, 5, 6, 7, 8].map(n => requestText(`/${n}`)).join(''))
  for (let n = 1; n <= 8; n++) {
    t.equal(textOf(await alice.client.response(n + 1)), `alice /${n} 0`)
  }
  const bob = await visit(t)
  bob.client.write(requestText('/1', ['Authorization: Negotiate bob']) + requestText('/2'))
  t.equal(textOf(await bob.client.response(1)), 'bob /2 0')
})

t.test('when the upstream closes it, the next one is nobody’s', async t => {
  const alice = await visit(t)
  for (let n = 0; n < 3; n++) {
    t.equal(textOf(await alice.logIn('alice')), 'alice /private 0')
    t.equal(textOf(await alice.ask('/private?close')), 'alice /private 0')
    t.equal(statusOf(await alice.ask('/private')), 401)
    t.equal(textOf(await alice.ask('/open')), 'nobody /open 0')
  }
})

t.test('each upstream has its own log-in', async t => {
  const other = await startLoginServer()
  t.teardown(() => other.close())
  const { visit } = await start(t, '--route', `/open/other=${other.url}`)
  const alice = await visit()
  await alice.logIn('alice')
  t.equal(textOf(await alice.ask('/open/other')), 'nobody /open/other 0')
  await alice.ask('/open/other', ['Authorization: Negotiate bob'])
  t.equal(textOf(await alice.ask('/open/other')), 'bob /open/other 0')
  t.equal(textOf(await alice.ask('/open')), 'alice /open 0')
})

t.test('what came through another proxy may be anybody’s', async t => {
  for (const sign of ['X-Forwarded-For: 192.0.2.7', 'Via: 1.1 a', 'X-Real-IP: 192.0.2.7']) {
    const proxy = await visit(t)
    const login = [sign, 'Authorization: Negotiate alice']
    t.equal(textOf(await proxy.ask('/open', login)), 'alice /open 0', 'one step is enough')
    t.equal(textOf(await proxy.ask('/open', [sign])), 'nobody /open 0', sign)
    t.equal(textOf(await (await visit(t)).ask('/open')), 'nobody /open 0')
  }
  await sidecar.log(({ event }) => event === 'login-alone', 'the warning')
  const trusting = await start(t, '--trust-proxy', '127.0.0.1')
  const proxy = await trusting.visit()
  await proxy.ask('/open', ['Authorization: Negotiate alice'])
  t.equal(textOf(await proxy.ask('/open')), 'nobody /open 0', 'a peer that is named as one')
})

t.test('an upgrade goes where its client has logged in', async t => {
  const upgrade = requestText('/ws', [
    ...['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'],
    'Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==',
  ])
  const [alice, nobody] = [await visit(t), await visit(t)]
  await alice.logIn('alice')
  nobody.client.write(upgrade)
  t.equal(statusOf(await nobody.client.response(0)), 401)
  alice.client.write(upgrade)
  await alice.client.closed()
  t.match(alice.client.received().toString(), / 101 .*\r\n\r\nalice$/s)
})

t.test('a client over HTTP/2 is told to use HTTP/1.1', { skip: openssl.skip }, async t => {
  const certificate = createCertificate(openssl.path, ['DNS:localhost'])
  t.teardown(() => certificate.remove())
  const tls = ['--tls-cert', certificate.certFile, '--tls-key', certificate.keyFile]
  const { sidecar } = await start(t, ...tls, '--log-requests', 'all')
  const session = connect(sidecar.url, { rejectUnauthorized: false })
  t.teardown(() => session.destroy())
  let asked = 0
  const ask = async (demand: string, authorization?: string) => {
    asked++
    const stream = session.request({
      ':path': `/private?demand=${encodeURIComponent(demand)}`,
      ...(authorization === undefined ? {} : { authorization }),
    })
    const outcome = await new Promise(resolve => {
      stream.on('error', () => undefined)
      stream.on('response', headers => resolve(headers[':status']))
      stream.on('close', () => resolve(stream.rstCode))
    })
    const lines = () => sidecar.logs.filter(({ event }) => event === 'request')
    await sidecar.log(() => lines().length === asked, 'the request')
    return [outcome, lines().at(-1)?.status]
  }
  const elsewhere = [constants.NGHTTP2_HTTP_1_1_REQUIRED, 426]
  t.strictSame(await ask('NTLM'), elsewhere)
  t.strictSame(await ask('Negotiate, NTLM'), elsewhere)
  t.strictSame(await ask('Negotiate|Basic realm="a"'), [401, 401], 'it may choose the other')
  t.strictSame(await ask('Negotiate|Basic realm="a"', 'Negotiate alice'), elsewhere)
  t.strictSame(await ask('Basic realm="a, NTLM"'), [401, 401])
})

t.test('whatever the order of events, nobody is answered as somebody else', async t => {
  const rounds = 45
  const seed = Date.now() % 100_000
  t.comment(`seed ${seed}`)
  const random = seededRandom(seed)
  let asked = 0
  let crossed = 0
  let loggedIn = 0
  const visitAs = async (user: string | undefined) => {
    for (let round = 0; round < rounds; round++) {
      const client = await openRawClient({ port: sidecar.port })
      let sent = 0
      const send = async (...texts: string[]) => {
        const first = sent
        sent += texts.length
        asked += texts.length
        client.write(texts.join(''))
        if (random() < 0.1) {
          client.destroy()
          return undefined
        }
        let last: HttpMessage | undefined
        for (let n = first; n < sent; n++) {
          last = await client.response(n)
          const found = headerOf(last, 'x-user') ?? 'nobody'
          if (found !== 'nobody' && found !== user) crossed++
          if (found === user) loggedIn++
        }
        return last
      }
      const body = () => (random() < 0.3 ? 'x'.repeat(Math.floor(random() * 20_000)) : undefined)
      const query = () => ['', '', '', '?hasty', '?close'][Math.floor(random() * 5)]
      const plain = () =>
        requestText(`${random() < 0.5 ? '/open' : '/private'}${query()}`, [], body())
      for (let step = 0; step < 3; step++) {
        const drawn = random()
        let last: HttpMessage | undefined
        if (user !== undefined && drawn < 0.3) {
          const hello = requestText(
            `/private${random() < 0.5 ? '?hasty' : ''}`,
            ['Authorization: NTLM hello'],
            body(),
          )
          last = await send(hello)
          const nonce = last === undefined ? '' : headerOf(last, 'www-authenticate')?.split(' ')[1]
          const proof = [`Authorization: NTLM ${user}.${nonce}`]
          if (last !== undefined) last = await send(requestText('/private', proof, body()))
        } else if (user !== undefined && drawn < 0.5) {
          last = await send(
            requestText(`/open${query()}`, [`Authorization: Negotiate ${user}`], body()),
          )
        } else if (drawn < 0.7) last = await send(plain(), plain(), plain())
        else last = await send(plain())
        if (last === undefined || client.ending() !== undefined) break
      }
      client.destroy()
    }
  }
  const users = ['alice', 'bob', 'carol', undefined, undefined]
  await Promise.all([...users, ...users].map(visitAs))
  t.equal(crossed, 0, `of ${asked}`)
  t.ok(asked > 1_500, `${asked} were asked`)
  t.ok(loggedIn > asked / 8, `${loggedIn} as who they are`)
  await api.noneLoggedIn()
})

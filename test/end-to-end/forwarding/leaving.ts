// Clients that leave.
import { get, type Script, unreachable } from './script.js'

export const leaving: Readonly<Record<string, Script>> = {
  'abort-before-response': {
    async run({ client, upstream, upstreamDoes, upstreamLeft }) {
      upstreamDoes(() => undefined)
      const page = await client()
      page.write(get)
      await upstream.until(() => upstream.begun[0], 'the request')
      page.destroy()
      await upstreamLeft()
    },
  },
  'abort-mid-response': {
    async run({ client, upstreamDoes, upstreamLeft }) {
      upstreamDoes(({ write, connection }) => {
        write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
        const chunk = `4000\r\n${'a'.repeat(0x4000)}\r\n`
        const more = setInterval(() => write(chunk), 5)
        connection.socket.once('close', () => clearInterval(more))
      })
      const page = await client()
      page.write(get)
      await page.until(() => page.reader.partial?.body.length || undefined, 'the body')
      page.destroy()
      await upstreamLeft()
    },
  },
  'abort-mid-request-cl': {
    async run({ t, client, upstream, upstreamDoes, upstreamLeft }) {
      upstreamDoes(() => undefined)
      const page = await client()
      page.write('POST /p HTTP/1.1\r\nHost: a.test\r\nContent-Length: 100\r\n\r\nabc')
      await upstream.until(() => upstream.begun[0], 'the request')
      page.destroy()
      await upstreamLeft()
      t.strictSame(upstream.requests, [], 'the request is not completed')
    },
  },
  'abort-mid-request-chunked': {
    async run({ t, client, upstream, upstreamDoes, upstreamLeft }) {
      upstreamDoes(() => undefined)
      const page = await client()
      page.write(
        'POST /p HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n',
      )
      await upstream.until(() => upstream.begun[0], 'the request')
      page.destroy()
      const connection = await upstreamLeft()
      t.notMatch(connection.bytes().toString('latin1'), /\r\n0\r\n/, 'no final chunk')
    },
  },
  'abort-before-connect': unreachable(async ({ t, client }, pending) => {
    const page = await client()
    page.write(get)
    await settled(() => pending() === 1)
    t.equal(pending(), 1, 'one attempt to connect')
    page.destroy()
    await settled(() => pending() === 0)
    t.equal(pending(), 0, 'it is given up')
  }),
}

/** Polls what only the kernel knows, for as long as any limit of these tests. */
async function settled(done: () => boolean): Promise<void> {
  for (let waited = 0; !done() && waited < 5000; waited += 10) {
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}

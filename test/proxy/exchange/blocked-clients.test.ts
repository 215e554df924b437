import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { connect as connectTls, createServer as createTlsServer, type TLSSocket } from 'node:tls'
import t, { type Test } from 'tap'
import { BlockedClients } from '../../../src/proxy/exchange/blocked-clients.js'
import { handedOver, inodeOf } from '../../../src/proxy/exchange/socket-handle.js'
import { Wait } from '../../../src/proxy/exchange/wait.js'
import { readUnacknowledged } from '../../../src/proxy/tuning/unacknowledged.js'
import { createCertificate } from '../../support/certificate.js'
import { need } from '../../support/need.js'

const skip = process.platform === 'linux' ? false : 'only Linux tells what its clients have taken'

/** Of these the kernel takes many for a client that reads nothing, and the client's own takes few. */
const piece = Buffer.alloc(128 * 1024)
const fewPieces = 4
const mostPieces = 16

/** A client that does not read, and an exchange that writes to it. */
async function blockedClient(t: Test, openssl?: string) {
  const isTls = openssl !== undefined
  const certificate = isTls ? createCertificate(openssl, ['DNS:localhost']) : undefined
  certificate?.remove()
  const server = certificate === undefined ? createServer() : createTlsServer(certificate)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const accepted = once(server, isTls ? 'secureConnection' : 'connection')
  const client =
    certificate === undefined
      ? connect(port, '127.0.0.1')
      : connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
  await once(client, isTls ? 'secureConnect' : 'connect')
  client.pause()
  const [socket] = (await accepted) as [Socket | TLSSocket]
  t.teardown(() => {
    client.destroy()
    socket.destroy()
    server.close()
  })
  const wait = new Wait()
  const reader = {
    wait,
    client: {
      isItsTurn: true,
      handedOver: () => handedOver(socket),
      inode: () => inodeOf(socket),
      progress: (taken: number) => taken,
    },
  }
  wait.forReader()

  const clients = new BlockedClients(error => t.fail(String(error)))
  let now = performance.now()
  return {
    reader,
    write: () => new Promise<void>(resolve => socket.write(piece, () => resolve())),
    async read(size: number) {
      const wanted = client.bytesRead + size
      client.resume()
      while (client.bytesRead < wanted) await once(client, 'data')
      client.pause()
    },
    /** Looks at it a minute later; how long it had taken nothing. */
    async idleMs() {
      now += 60_000
      let looks = 0
      const { noteReading } = wait
      wait.noteReading = (...seen) => {
        looks++
        noteReading.apply(wait, seen)
      }
      while (looks === 0) {
        clients.watch(reader, now)
        await new Promise(resolve => setImmediate(resolve))
      }
      wait.noteReading = noteReading
      return wait.readerIdleMs ?? Number.NaN
    },
  }
}

const openssl = need('openssl')
for (const [what, path, skipped] of [
  ['a client', undefined, false],
  ['a client within TLS', openssl.path, openssl.skip],
] as const) {
  t.test(what, { skip: skip || skipped }, async t => {
    t.test('takes nothing while only the kernel does', async t => {
      const { write, idleMs } = await blockedClient(t, path)
      let pieces = 0
      for (; pieces < fewPieces; pieces++) await write()
      for (; (await idleMs()) < 2 * 60_000 && pieces < mostPieces; pieces++) await write()
      t.ok(pieces < mostPieces, `the last of ${pieces} pieces were no work of its own`)
    })
    t.test('takes some when it reads, though the kernel takes no more', async t => {
      const { write, read, idleMs } = await blockedClient(t, path)
      for (let n = 0; n < 2 * fewPieces; n++) await write()
      while ((await idleMs()) === 0);
      await read(fewPieces * piece.length)
      t.equal(await idleMs(), 0)
    })
  })
}

t.test('a client whose turn it is not yet is not to blame', async t => {
  const { reader, write, idleMs } = await blockedClient(t)
  reader.client.isItsTurn = false
  await write()
  t.strictSame([await idleMs(), await idleMs()], [0, 0])
})

t.test('a client that is blocked for an instant is not looked at', async t => {
  const { reader } = await blockedClient(t)
  const clients = new BlockedClients(error => t.fail(String(error)))
  clients.watch(reader, performance.now() + 100)
  await readUnacknowledged()
  await readUnacknowledged()
  t.equal(reader.wait.readerIdleMs, undefined)
})
